package org.vmcore.gdbstub.rsp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The protocol knows no dump and no network; the network knows no packet. */
@AnalyzeClasses(
    packages = {"org.vmcore.gdbstub.rsp", "org.vmcore.gdbstub.server"},
    importOptions = DoNotIncludeTests.class)
class BoundaryTest {
  @ArchTest
  static final ArchRule protocol =
      noClasses()
          .that()
          .resideInAPackage("..gdbstub.rsp..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty..", "org.vmcore.dumpreader..", "org.vmcore.arch..", "..gdbstub.server..");

  @ArchTest
  static final ArchRule server =
      noClasses()
          .that()
          .resideInAPackage("..gdbstub.server..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.vmcore.dumpreader..", "org.vmcore.arch..", "..gdbstub.kernel..");
}
