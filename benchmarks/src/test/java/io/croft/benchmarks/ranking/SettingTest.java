package io.croft.benchmarks.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.search.CalibratedScorer;
import io.croft.search.RelevanceScorer;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {

    private static final String HERE = SettingTest.class.getName();

    @Test
    void names_areModesAndScorers() {
        assertThat(Setting.of(" Default").name()).isEqualTo("default");
        assertThat(Setting.of("default").scorer()).isInstanceOf(CalibratedScorer.class);
        assertThat(Setting.of("rrf").scorer()).isInstanceOf(ReciprocalRanks.class);
        assertThat(Setting.of("words").mode()).isEqualTo(SearchMode.TEXT);
        assertThat(Setting.of("meaning").mode()).isEqualTo(SearchMode.VECTOR);
        assertThat(Setting.of("weight=0.5").mode()).isEqualTo(SearchMode.HYBRID);
        assertThat(Setting.of("weight=0.5").scorer()).isInstanceOf(CalibratedScorer.class);
    }

    @Test
    void class_isAScorerOfThatClass() {
        Setting setting = Setting.of(" class=" + Alike.class.getName());

        assertThat(setting.name()).isEqualTo("class=" + HERE + "$Alike");
        assertThat(setting.mode()).isEqualTo(SearchMode.HYBRID);
        assertThat(setting.scorer()).isInstanceOf(Alike.class);
        assertThat(Setting.of("class=io.croft.benchmarks.ranking.SettingTest$Alike").scorer())
                .isNotSameAs(setting.scorer());
    }

    @ParameterizedTest
    @CsvSource({"com.example.Missing, class path", "'', class path", "java.lang.String, does not implement",
            "$Hidden, make it public", "$Abstract, not abstract", "$Weighted, without parameters",
            "$Secret, public constructor", "$Failing, no luck today", "$Broken, no luck at all"})
    void otherClasses_areRefused(String name, String remedy) {
        String type = name.startsWith("$") ? HERE + name : name;

        assertThatThrownBy(() -> Setting.of("class=" + type)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"class=" + type + "\"").hasMessageContaining(remedy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"weight=", "weight=half", "weight=1.01", "weight=-0.1", "weight=nan"})
    void otherWeights_areRefused(String name) {
        assertThatThrownBy(() -> Setting.of(name)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + name + "\"").hasMessageContaining("from 0").hasMessageContaining("to 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bm25", "weight", "class"})
    void otherNames_areRefused(String name) {
        assertThatThrownBy(() -> Setting.of(name)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + name + "\"").hasMessageContaining("default, rrf")
                .hasMessageContaining("class=com.example.MyScorer");
    }

    /** One that is fit. */
    public static class Alike implements RelevanceScorer {

        /** As a setting calls it. */
        public Alike() {
        }

        @Override
        public List<Score> score(Request request) {
            return Collections.nCopies(request.candidates().size(), Score.of(List.of()));
        }
    }

    /** Not public. */
    static final class Hidden extends Alike {
    }

    /** Not to be made. */
    public abstract static class Abstract extends Alike {
    }

    /** Cannot be made without a weight. */
    public static final class Weighted extends Alike {

        /** Takes what a setting does not give. */
        public Weighted(double weight) {
            assertThat(weight).isPositive();
        }
    }

    /** Its constructor is not public. */
    public static final class Secret extends Alike {

        Secret() {
        }
    }

    /** Its constructor fails. */
    public static final class Failing extends Alike {

        /** Fails. */
        public Failing() {
            throw new IllegalStateException("no luck today");
        }
    }

    /** Cannot be initialised. */
    public static final class Broken extends Alike {

        private static final int LUCK = Integer.parseInt("no luck at all");

        /** Never called. */
        public Broken() {
            assertThat(LUCK).isPositive();
        }
    }
}
