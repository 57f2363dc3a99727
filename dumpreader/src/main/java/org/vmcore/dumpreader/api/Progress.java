package org.vmcore.dumpreader.api;

/** Is told how far a piece of long work has come. Called often: implementations decide to show. */
@FunctionalInterface
public interface Progress {
  Progress SILENT = (task, done, total) -> {};

  /**
   * @param task what is being done, as a user would say it
   * @param done units done, 0 to {@code total}
   * @param total all units, usually bytes
   */
  void update(String task, long done, long total);

  /** One sentence about that work which a user should read, such as what it costs. */
  default void say(String sentence) {}
}
