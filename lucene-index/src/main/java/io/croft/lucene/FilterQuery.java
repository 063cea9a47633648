package io.croft.lucene;

import static io.croft.lucene.FieldSchema.name;

import io.croft.search.FieldValue;
import io.croft.search.Filter;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.AttributeSource;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Filters as Lucene's queries, whose scores mean nothing.
 *
 * <p>Lucene reads all terms of a prefix, with all their postings, when it makes a segment's scorer, and makes those of
 * all prefixes of a filter before the first chunk comes; a keyword may have as many terms as there are chunks. So the
 * terms of a prefix look at the clock.
 */
final class FilterQuery {

    private FilterQuery() {
    }

    /**
     * Of a filter on declared fields, with values of their types.
     *
     * @param deadline ends the search with {@code SearchTimeoutException} while the query is worked out
     */
    static Query of(Filter filter, Deadline deadline) {
        return switch (filter) {
            case Filter.Equals equals -> in(equals.field(), List.of(equals.value()));
            case Filter.In in -> in(in.field(), in.values());
            case Filter.Range range -> range(range);
            case Filter.Exists exists -> new FieldExistsQuery(name(exists.field()));
            case Filter.Prefix prefix -> new TimedPrefix(new Term(name(prefix.field()), prefix.prefix()), deadline);
            case Filter.All all -> combined(all.filters(), Occur.FILTER, deadline);
            case Filter.Any any -> combined(any.filters(), Occur.SHOULD, deadline);
            case Filter.Not not -> new BooleanQuery.Builder().add(MatchAllDocsQuery.INSTANCE, Occur.FILTER)
                    .add(of(not.filter(), deadline), Occur.MUST_NOT).build();
        };
    }

    private static Query combined(List<Filter> filters, Occur occur, Deadline deadline) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        filters.forEach(filter -> all.add(of(filter, deadline), occur));
        return all.build();
    }

    private static Query in(String field, List<FieldValue> values) {
        return switch (values.getFirst()) {
            case FieldValue.Keyword keyword -> terms(field, values);
            case FieldValue.Truth truth -> terms(field, values);
            case FieldValue.Numeric numeric -> numbers(field, values);
            case FieldValue.Moment moment -> numbers(field, values);
        };
    }

    private static Query numbers(String field, List<FieldValue> values) {
        return LongPoint.newSetQuery(name(field), values.stream().mapToLong(FieldSchema::number).toArray());
    }

    private static Query terms(String field, List<FieldValue> values) {
        return values.size() == 1
                ? new TermQuery(new Term(name(field), values.getFirst().text()))
                : new TermInSetQuery(name(field), values.stream().map(value -> new BytesRef(value.text())).toList());
    }

    private static Query range(Filter.Range range) {
        long lower = FieldSchema.lower(range);
        long upper = FieldSchema.upper(range);
        return lower > upper ? MatchNoDocsQuery.INSTANCE : LongPoint.newRangeQuery(name(range.field()), lower, upper);
    }

    /**
     * A prefix that ends when the search's time is up. How much time there is changes nothing in what it matches, so
     * it is equal to another of the same prefix.
     */
    private static final class TimedPrefix extends PrefixQuery {

        private final Deadline deadline;

        TimedPrefix(Term prefix, Deadline deadline) {
            super(prefix);
            this.deadline = deadline;
        }

        @Override
        protected TermsEnum getTermsEnum(Terms terms, AttributeSource attributes) throws IOException {
            return new FilterLeafReader.FilterTermsEnum(super.getTermsEnum(terms, attributes)) {
                @Override
                public @Nullable BytesRef next() throws IOException {
                    deadline.step("filtering");
                    return super.next();
                }
            };
        }
    }
}
