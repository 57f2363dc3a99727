package org.vmcore.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Of a class whose tests all are about certain dumps of the corpus: without one it is skipped as a
 * whole, which is one line in the list of what was skipped. A test that any real dump would do for
 * takes {@link RealDump#typed} instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsCorpus.Condition.class)
public @interface NeedsCorpus {
  /** Whether it is there. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return Corpus.isThere()
          ? ConditionEvaluationResult.enabled("there is a corpus")
          : ConditionEvaluationResult.disabled(Corpus.absence());
    }
  }
}
