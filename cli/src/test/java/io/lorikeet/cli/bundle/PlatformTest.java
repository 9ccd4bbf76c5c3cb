package io.lorikeet.cli.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of natives as the jars of this build have them. */
class PlatformTest {
  @ParameterizedTest
  @CsvSource({
    "native/linux-x86_64/liblorikeet.so, linux-x86_64",
    "native/linux-aarch64/liblorikeet.so, linux-aarch64",
    "native/lib/linux-x86_64/cpu/libtokenizers.so, linux-x86_64",
    "native/lib/linux-aarch64/cpu/libtokenizers.so, linux-aarch64",
    "native/lib/osx-aarch64/cpu/libtokenizers.dylib, osx-aarch64",
    "native/lib/win-x86_64/cpu/tokenizers.dll, none",
    "com/sun/jna/linux-x86-64/libjnidispatch.so, linux-x86_64",
    "com/sun/jna/linux-x86/libjnidispatch.so, none",
    "com/sun/jna/darwin-aarch64/libjnidispatch.jnilib, osx-aarch64",
    "com/sun/jna/darwin-x86-64/libjnidispatch.jnilib, osx-x86_64",
    "com/sun/jna/win32-x86-64/jnidispatch.dll, none",
    "com/sun/jna/aix-ppc64/libjnidispatch.a, none",
    "com/sun/jna/linux-armel/libjnidispatch.so, none",
    "lib/libJCudaDriver-12.6.0-linux-x86_64.so, linux-x86_64",
    "lib/libJNvPTXCompiler-12.6.0-linux-x86_64.so, none",
    "lib/libJCudaRuntime-12.6.0-linux-x86_64.so, none",
  })
  void nativesStayOnTheirPlatform(String entry, String platform) {
    for (String system : new String[] {"Linux", "Mac OS X"}) {
      for (String processor : new String[] {"amd64", "aarch64"}) {
        Platform target = Platform.of(system, processor);
        assertEquals(target.name().equals(platform), target.keeps(entry), target.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cuda/kernels.fatbin",
    "ai/djl/util/Platform.class",
    "native/lib/tokenizers.properties",
    "org/some/win-x/Thing.class"
  })
  void whatNamesNoPlatformStays(String entry) {
    assertEquals(true, Platform.of("Linux", "amd64").keeps(entry));
  }

  @Test
  void otherPlatformsAreRefused() {
    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> Platform.of("Windows 11", "amd64"));

    assertEquals(ErrorCode.BUNDLE_PLATFORM_UNSUPPORTED, refused.code());
  }
}
