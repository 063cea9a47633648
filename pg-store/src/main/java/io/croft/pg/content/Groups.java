package io.croft.pg.content;

import io.croft.spi.Sight;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Groups as statements take and give them: names on lines of their own, which no name holds. */
final class Groups {

    private Groups() {
    }

    /** A document's; null if it has none. */
    static @Nullable String write(Set<String> groups) {
        return groups.isEmpty() ? null : String.join("\n", groups);
    }

    /** A document's; none for null. */
    static Set<String> read(@Nullable String groups) {
        return groups == null ? Set.of() : Set.of(groups.split("\n", -1));
    }

    /** The groups of who sees; null if he sees everything. */
    static @Nullable List<String> of(Sight sight) {
        return sight.isAll() ? null : List.copyOf(sight.ordered());
    }
}
