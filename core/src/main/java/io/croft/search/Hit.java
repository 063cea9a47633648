package io.croft.search;

import io.croft.OrgId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One document or listing that was found, by its best chunk.
 *
 * @param source  where it was found
 * @param org     whose it is: the asking organisation's for a private hit, the publisher's for a listing
 * @param id      the document's or listing's id
 * @param title   its title, may be empty
 * @param score   the rank's value, greater is better; comparable within one answer
 * @param signals what the score was made from, in absolute units
 * @param snippet the part of the best chunk that answers, plain text, up to about 300 characters
 * @param chunk   which chunk of it is the best, from 0
 * @param fields  its fields
 */
public record Hit(Source source, OrgId org, String id, String title, Score score, Signals signals, String snippet,
        int chunk, Map<String, String> fields) {

    public Hit {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(score, "score");
        Objects.requireNonNull(signals, "signals");
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
}
