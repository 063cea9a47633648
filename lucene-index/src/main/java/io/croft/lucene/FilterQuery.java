package io.croft.lucene;

import static io.croft.lucene.FieldSchema.name;

import io.croft.search.FieldValue;
import io.croft.search.Filter;
import java.util.List;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/** Filters as Lucene's queries, whose scores mean nothing. */
final class FilterQuery {

    private FilterQuery() {
    }

    /** Of a filter on declared fields, with values of their types. */
    static Query of(Filter filter) {
        return switch (filter) {
            case Filter.Equals equals -> in(equals.field(), List.of(equals.value()));
            case Filter.In in -> in(in.field(), in.values());
            case Filter.Range range -> range(range);
            case Filter.Exists exists -> new FieldExistsQuery(name(exists.field()));
            case Filter.Prefix prefix -> new PrefixQuery(new Term(name(prefix.field()), prefix.prefix()));
            case Filter.All all -> combined(all.filters(), Occur.FILTER);
            case Filter.Any any -> combined(any.filters(), Occur.SHOULD);
            case Filter.Not not -> new BooleanQuery.Builder().add(MatchAllDocsQuery.INSTANCE, Occur.FILTER)
                    .add(of(not.filter()), Occur.MUST_NOT).build();
        };
    }

    private static Query combined(List<Filter> filters, Occur occur) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        filters.forEach(filter -> all.add(of(filter), occur));
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
}
