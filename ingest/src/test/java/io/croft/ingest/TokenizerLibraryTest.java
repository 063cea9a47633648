package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerLibraryTest {

    @ParameterizedTest
    @CsvSource({"Linux, amd64, linux-x86_64, so", "Linux, aarch64, linux-aarch64, so",
            "Mac OS X, aarch64, osx-aarch64, dylib", "Windows 11, amd64, win-x86_64, dll"})
    void platform_namesAFolderOfTheJar(String osName, String osArch, String expected, String ending) {
        String platform = TokenizerLibrary.platform(osName, osArch);

        String name = ("dll".equals(ending) ? "" : "lib") + "tokenizers." + ending;
        assertThat(platform).isEqualTo(expected);
        assertThat(TokenizerLibrary.class.getClassLoader().getResource("native/lib/" + platform + "/cpu/" + name))
                .isNotNull();
    }
}
