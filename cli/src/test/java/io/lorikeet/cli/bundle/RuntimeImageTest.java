package io.lorikeet.cli.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is linked, and what a Java that can't link is answered. */
class RuntimeImageTest {
  private static final ModuleFinder JDK = ModuleFinder.ofSystem();

  @TempDir Path folder;

  @Test
  void ourClassesNeedNoOtherModules() {
    Set<String> packages = new HashSet<>();
    RuntimeImage.MODULES.forEach(module -> packages.addAll(descriptor(module).packages()));
    Set<String> missing = new TreeSet<>();
    JavaClasses ours =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.lorikeet");
    for (JavaClass one : ours) {
      for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
        String used = dependency.getTargetClass().getBaseComponentType().getPackageName();
        if (used.matches("(java|javax|jdk|sun|com\\.sun)\\..*") && !packages.contains(used)) {
          missing.add(one.getName() + " uses " + used);
        }
      }
    }
    assertEquals(Set.of(), missing);
    assertTrue(ours.size() > 100);
  }

  private static ModuleDescriptor descriptor(String module) {
    return JDK.find(module).orElseThrow().descriptor();
  }

  @Test
  void aJavaWithoutJlinkIsNamed() {
    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> RuntimeImage.link(folder, output()));

    assertEquals(ErrorCode.BUNDLE_JDK_UNSUITABLE, refused.code());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(folder + ", it has no jlink"), message);
  }

  @Test
  void whatJlinkObjectsToIsSaid() throws Exception {
    Path jlink = Files.createDirectory(folder.resolve("bin")).resolve("jlink");
    Files.writeString(
        jlink, "#!/bin/sh\necho 'WARNING: incubating'\necho 'Error: no jmods here'\nexit 1\n");
    Files.setPosixFilePermissions(jlink, PosixFilePermissions.fromString("rwxr-xr-x"));

    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> RuntimeImage.link(folder, output()));

    assertEquals(ErrorCode.BUNDLE_JDK_UNSUITABLE, refused.code());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.endsWith("its jlink says Error: no jmods here"), message);
    assertFalse(Files.exists(output()));
  }

  private Path output() {
    return folder.resolve("runtime");
  }
}
