package org.vmcore.gdbstub;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.vmcore.gdbstub.rsp.Target;

/**
 * Who may know whom: data flows from the dump file to the debugger, and no import points back. See
 * CONTRIBUTING.md, "How it is put together".
 */
@AnalyzeClasses(packages = "org.vmcore", importOptions = ImportOption.DoNotIncludeTests.class)
class PackageBoundariesTest {
  private static final String DUMPREADER = "org.vmcore.dumpreader..";
  private static final String ARCH = "org.vmcore.arch..";
  private static final String RSP = "org.vmcore.gdbstub.rsp..";
  private static final String SERVER = "org.vmcore.gdbstub.server..";
  private static final String KERNEL = "org.vmcore.gdbstub.kernel..";
  private static final String SYMBOLS = "org.vmcore.gdbstub.symbols..";
  private static final String TARGET = "org.vmcore.gdbstub.target..";
  private static final String MONITOR = "org.vmcore.gdbstub.monitor..";
  private static final String CLI = "org.vmcore.gdbstub.cli..";
  private static final String DEMO = "org.vmcore.gdbstub.demo..";
  private static final String NETTY = "io.netty..";

  @ArchTest
  static final ArchRule dumpreaderKnowsNoAddressSpaceAndNoDebugger =
      noUse(List.of(DUMPREADER), ARCH, "org.vmcore.gdbstub..");

  @ArchTest
  static final ArchRule archKnowsNoFilesAndNoDebugger =
      noUse(List.of(ARCH), "org.vmcore.gdbstub..", "java.nio.file..", "java.nio.channels..");

  @ArchTest
  static final ArchRule theProtocolKnowsNoDumpAndNoNetwork =
      noUse(
          List.of(RSP),
          DUMPREADER,
          ARCH,
          NETTY,
          SERVER,
          KERNEL,
          SYMBOLS,
          TARGET,
          MONITOR,
          CLI,
          DEMO);

  @ArchTest
  static final ArchRule theServerKnowsNoDump =
      noUse(List.of(SERVER), DUMPREADER, ARCH, KERNEL, SYMBOLS, TARGET, MONITOR, CLI, DEMO);

  @ArchTest
  static final ArchRule linuxKnowsNoProtocol =
      noUse(List.of(KERNEL, SYMBOLS), RSP, SERVER, NETTY, TARGET, MONITOR, CLI, DEMO);

  @ArchTest
  static final ArchRule onlyTheServerKnowsNetty =
      noClasses()
          .that()
          .resideOutsideOfPackage(SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(NETTY);

  @ArchTest
  static final ArchRule onlyTargetMakesADumpATarget =
      classes()
          .that()
          .implement(Target.class)
          .should()
          .resideInAPackage(TARGET)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices()
          .matching("org.vmcore.gdbstub.(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true);

  /** No class of {@code knowing} uses one of {@code unknown}; a package may still be empty. */
  private static ArchRule noUse(List<String> knowing, String... unknown) {
    return noClasses()
        .that()
        .resideInAnyPackage(knowing.toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(unknown)
        .allowEmptyShould(true);
  }
}
