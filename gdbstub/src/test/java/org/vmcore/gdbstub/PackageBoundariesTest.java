package org.vmcore.gdbstub;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.vmcore.gdbstub.rsp.Target;

/**
 * Who may know whom: data flows from the dump file to the debugger, and no import points back. The
 * order is the one that docs/ARCHITECTURE.md draws.
 */
@AnalyzeClasses(
    packages = "org.vmcore",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      PackageBoundariesTest.NoTestsOfOtherModules.class
    })
class PackageBoundariesTest {
  /** What these tests use of them may be a jar. */
  static final class NoTestsOfOtherModules implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String DUMPREADER = "org.vmcore.dumpreader..";
  private static final String ARCH = "org.vmcore.arch..";
  private static final String GDBSTUB = "org.vmcore.gdbstub..";
  private static final String RSP = "org.vmcore.gdbstub.rsp..";
  private static final String SERVER = "org.vmcore.gdbstub.server..";
  private static final String LINUX = "org.vmcore.gdbstub.linux..";
  private static final String PORT = "org.vmcore.gdbstub.port..";
  private static final String SYMBOLS = "org.vmcore.gdbstub.symbols..";
  private static final String MACHINE = "org.vmcore.gdbstub.machine..";
  private static final String STUB = "org.vmcore.gdbstub.stub..";
  private static final String INSPECT = "org.vmcore.gdbstub.inspect..";
  private static final String APP = "org.vmcore.gdbstub.app..";
  private static final String DEMO = "org.vmcore.gdbstub.demo..";
  private static final String NETTY = "io.netty..";

  @ArchTest
  static final ArchRule dumpreaderKnowsNoAddressSpaceAndNoDebugger =
      noUse(DUMPREADER, ARCH, GDBSTUB);

  @ArchTest
  static final ArchRule archKnowsNoFilesAndNoDebugger =
      noUse(ARCH, GDBSTUB, "java.nio.file..", "java.nio.channels..");

  @ArchTest
  static final ArchRule aReaderOfDumpsKnowsNoFormatAndNoCache =
      noUse(
          "org.vmcore.dumpreader.api..",
          "org.vmcore.dumpreader.input..",
          "org.vmcore.dumpreader.unwrap..",
          "org.vmcore.dumpreader.page..",
          "org.vmcore.dumpreader.format..",
          "org.vmcore.dumpreader.write..");

  @ArchTest
  static final ArchRule formatsAreNotWritten =
      noUse("org.vmcore.dumpreader.format..", "org.vmcore.dumpreader.write..");

  @ArchTest
  static final ArchRule theProtocolKnowsNoDumpAndNoNetwork =
      noUse(
          RSP,
          DUMPREADER,
          ARCH,
          NETTY,
          SERVER,
          LINUX,
          PORT,
          SYMBOLS,
          MACHINE,
          STUB,
          INSPECT,
          APP,
          DEMO);

  @ArchTest
  static final ArchRule theServerKnowsNoDump =
      noUse(SERVER, DUMPREADER, ARCH, LINUX, PORT, SYMBOLS, MACHINE, STUB, INSPECT, APP, DEMO);

  @ArchTest
  static final ArchRule linuxKnowsNoMachine =
      noUse(LINUX, PORT, SYMBOLS, RSP, SERVER, NETTY, MACHINE, STUB, INSPECT, APP, DEMO);

  @ArchTest
  static final ArchRule portsKnowNoMachine =
      noUse(PORT, SYMBOLS, RSP, SERVER, NETTY, MACHINE, STUB, INSPECT, APP, DEMO);

  @ArchTest
  static final ArchRule symbolsKnowNoProtocol =
      noUse(SYMBOLS, RSP, SERVER, NETTY, MACHINE, STUB, INSPECT, APP, DEMO);

  @ArchTest
  static final ArchRule theMachineKnowsNoDebugger =
      noUse(MACHINE, RSP, SERVER, NETTY, STUB, INSPECT, APP, DEMO);

  @ArchTest
  static final ArchRule whatIsShownToDebuggersKnowsNoProgram =
      noUse(STUB, SERVER, NETTY, APP, DEMO);

  @ArchTest static final ArchRule questionsKnowNoProgram = noUse(INSPECT, SERVER, NETTY, APP, DEMO);

  @ArchTest
  static final ArchRule onlyTheServerKnowsNetty =
      noClasses()
          .that()
          .resideOutsideOfPackage(SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(NETTY);

  @ArchTest
  static final ArchRule onlyTheStubIsATarget =
      classes().that().implement(Target.class).should().resideInAPackage(STUB);

  @ArchTest
  static final ArchRule packagesOfTheReaderHaveNoCycles =
      slices().matching("org.vmcore.dumpreader.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfTheArchitecturesHaveNoCycles =
      slices().matching("org.vmcore.arch.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfTheProgramHaveNoCycles =
      slices().matching("org.vmcore.gdbstub.(**)").should().beFreeOfCycles();

  /** No class of {@code knowing} uses one of {@code unknown}. */
  private static ArchRule noUse(String knowing, String... unknown) {
    return noClasses()
        .that()
        .resideInAPackage(knowing)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(unknown);
  }
}
