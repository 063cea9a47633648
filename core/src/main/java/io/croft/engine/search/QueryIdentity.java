package io.croft.engine.search;

import io.croft.search.Boost;
import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.search.SearchQuery;
import io.croft.search.Sort;
import io.croft.search.Source;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Optional;

/**
 * Writes down what decides which hits a query has and in which order: each part behind its kind or its length, so that
 * no two different queries are written alike: two queries with the same have the same pages. Limit, timeout, receipts,
 * facets and cursor are not in it. Used by one thread, once.
 */
final class QueryIdentity {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private QueryIdentity() {
    }

    static byte[] of(SearchQuery query) {
        try {
            QueryIdentity identity = new QueryIdentity();
            identity.query(query);
            return identity.bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written to", e);
        }
    }

    private void query(SearchQuery query) throws IOException {
        text(query.text());
        float[] vector = query.vector().orElse(new float[0]);
        out.writeInt(vector.length);
        for (float value : vector) {
            out.writeFloat(value);
        }
        text(query.mode().name());
        for (Source source : Source.values()) {
            out.writeBoolean(query.sources().contains(source));
            out.writeInt(query.least(source));
            out.writeInt(query.most(source));
        }
        out.writeBoolean(query.hasQuotas());
        out.writeBoolean(query.filter().isPresent());
        if (query.filter().isPresent()) {
            filter(query.filter().get());
        }
        sort(query.sort());
        out.writeInt(query.boosts().size());
        for (Boost boost : query.boosts()) {
            boost(boost);
        }
        out.writeBoolean(query.minScore().isPresent());
        out.writeDouble(query.minScore().orElse(0));
        out.writeDouble(query.diversity());
        text(query.duplicates().name());
        text(query.phrases().name());
        text(query.typos().name());
        out.writeBoolean(query.example().isPresent());
        if (query.example().isPresent()) {
            example(query.example().get());
        }
    }

    private void example(SearchQuery.Example example) throws IOException {
        text(example.source().name());
        text(example.org().map(org -> org.value().toString()).orElse(""));
        text(example.id());
    }

    private void sort(Sort sort) throws IOException {
        switch (sort) {
            case Sort.ByScore score -> out.writeByte(0);
            case Sort.ByField field -> {
                out.writeByte(1);
                text(field.field());
                text(field.direction().name());
                text(field.ties().name());
            }
        }
    }

    private void boost(Boost boost) throws IOException {
        switch (boost) {
            case Boost.Recency recency -> {
                out.writeByte(0);
                text(recency.halfLife().toString());
                out.writeDouble(recency.weight());
            }
            case Boost.BySource one -> {
                out.writeByte(1);
                text(one.source().name());
                out.writeDouble(one.weight());
            }
            case Boost.ByField field -> {
                out.writeByte(2);
                text(field.field());
                out.writeDouble(field.from());
                out.writeDouble(field.to());
                out.writeDouble(field.weight());
            }
        }
    }

    private void filter(Filter filter) throws IOException {
        switch (filter) {
            case Filter.Equals equals -> {
                out.writeByte(0);
                text(equals.field());
                value(equals.value());
            }
            case Filter.In in -> {
                out.writeByte(1);
                text(in.field());
                out.writeInt(in.values().size());
                for (FieldValue value : in.values()) {
                    value(value);
                }
            }
            case Filter.Range range -> {
                out.writeByte(2);
                text(range.field());
                end(range.lower());
                end(range.upper());
            }
            case Filter.Exists exists -> {
                out.writeByte(3);
                text(exists.field());
            }
            case Filter.Prefix prefix -> {
                out.writeByte(4);
                text(prefix.field());
                text(prefix.prefix());
            }
            case Filter.All all -> filters(5, all.filters());
            case Filter.Any any -> filters(6, any.filters());
            case Filter.Not not -> {
                out.writeByte(7);
                filter(not.filter());
            }
        }
    }

    private void filters(int kind, Collection<Filter> filters) throws IOException {
        out.writeByte(kind);
        out.writeInt(filters.size());
        for (Filter filter : filters) {
            filter(filter);
        }
    }

    private void end(Optional<Filter.End> end) throws IOException {
        out.writeBoolean(end.isPresent());
        if (end.isPresent()) {
            value(end.get().value());
            text(end.get().edge().name());
        }
    }

    private void value(FieldValue value) throws IOException {
        out.writeByte(switch (value) {
            case FieldValue.Keyword keyword -> 0;
            case FieldValue.Numeric number -> 1;
            case FieldValue.Moment moment -> 2;
            case FieldValue.Truth truth -> 3;
        });
        text(value.text());
    }

    /** As it is in memory: in UTF-8, two texts that are not valid Unicode could be the same. */
    private void text(String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
