package io.croft.spi;

import io.croft.OrgId;
import java.util.Comparator;
import java.util.Objects;

/**
 * A document or listing within its source.
 *
 * @param org whose it is
 * @param id  its id
 */
public record ContentKey(OrgId org, String id) implements Comparable<ContentKey> {

    private static final Comparator<ContentKey> ORDER = Comparator.comparing(ContentKey::org)
            .thenComparing(ContentKey::id);

    public ContentKey {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(id, "id");
    }

    @Override
    public int compareTo(ContentKey other) {
        return ORDER.compare(this, other);
    }
}
