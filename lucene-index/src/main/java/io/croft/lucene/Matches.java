package io.croft.lucene;

import io.croft.lucene.text.Phrase;
import io.croft.lucene.text.TextQuery;
import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Except;
import io.croft.spi.QueryText;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.jspecify.annotations.Nullable;

/**
 * What meets the conditions of a query, and what matches the whole of it, in one reader. Each is remembered for the
 * next step of the same search. Used by one thread.
 */
final class Matches {

    private final Source source;
    private final IndexSearcher searcher;
    private final Analyzer analyzer;
    private final @Nullable Query hidden;
    private @Nullable Conditions conditions;
    private @Nullable ChunkSet passing;
    private @Nullable Wanted asked;
    private @Nullable ChunkSet matching;

    /**
     * In what a searcher finds.
     *
     * @param hidden what he does not see; null if that is nothing
     */
    Matches(Source source, IndexSearcher searcher, Analyzer analyzer, @Nullable Hidden hidden) {
        this.source = source;
        this.hidden = hidden == null ? null : hidden.toSet().toQuery();
        this.searcher = searcher;
        this.analyzer = analyzer;
    }

    /** The chunks that pass; null without conditions, when all do. */
    @Nullable
    ChunkSet passing(CandidateQuery query, Deadline deadline) throws IOException {
        Conditions wanted = conditions(query);
        if (wanted.areNone() && hidden == null) {
            return null;
        }
        if (passing == null || !wanted.equals(conditions)) {
            passing = ChunkSet.of(wanted.toLucene(hidden, deadline), searcher, deadline);
            conditions = wanted;
        }
        return passing;
    }

    private Conditions conditions(CandidateQuery query) {
        return new Conditions(query.filter(), Phrase.of(analyzer, query.text()),
                query.except().filter(except -> except.source() == source).map(Except::key));
    }

    /** The chunks that pass and have a word of the query; in mode {@code VECTOR} all that pass. */
    ChunkSet matching(CandidateQuery query, TextQuery words, Deadline deadline) throws IOException {
        Wanted wanted = new Wanted(query.mode(), query.text(), conditions(query));
        if (matching == null || !wanted.equals(asked)) {
            matching = match(query, words, deadline);
            asked = wanted;
        }
        return matching;
    }

    private ChunkSet match(CandidateQuery query, TextQuery words, Deadline deadline) throws IOException {
        ChunkSet pass = passing(query, deadline);
        if (query.mode() == SearchMode.VECTOR) {
            return pass != null ? pass : ChunkSet.of(MatchAllDocsQuery.INSTANCE, searcher, deadline);
        }
        Query any = words.words().isEmpty() ? MatchNoDocsQuery.INSTANCE : words.toLucene();
        return ChunkSet.of(pass == null ? any : both(any, pass), searcher, deadline);
    }

    /** What the query finds among these chunks, with the query's own scores. */
    static Query both(Query query, ChunkSet among) {
        return new BooleanQuery.Builder().add(new Whole(query), Occur.MUST).add(among.toQuery(), Occur.FILTER).build();
    }

    private record Wanted(SearchMode mode, QueryText text, Conditions conditions) {
    }

    /** What a chunk must meet, whatever its score. */
    private record Conditions(Optional<Filter> filter, List<Phrase> phrases, Optional<ContentKey> except) {

        boolean areNone() {
            return filter.isEmpty() && phrases.isEmpty() && except.isEmpty();
        }

        Query toLucene(@Nullable Query hidden, Deadline deadline) {
            BooleanQuery.Builder all = new BooleanQuery.Builder();
            if (filter.isEmpty() && phrases.isEmpty()) {
                all.add(MatchAllDocsQuery.INSTANCE, Occur.FILTER);
            }
            filter.ifPresent(one -> all.add(FilterQuery.of(one, deadline), Occur.FILTER));
            phrases.forEach(phrase -> all.add(phrase.toLucene(), Occur.FILTER));
            except.ifPresent(key -> all.add(new TermQuery(new Term(ChunkSchema.KEY, ChunkHead.key(key))),
                    Occur.MUST_NOT));
            if (hidden != null) {
                all.add(hidden, Occur.MUST_NOT);
            }
            return all.build();
        }
    }

    /**
     * A query that Lucene leaves as it is. It would pull the words of a query apart and put them beside the filter,
     * where one word of the most that a query may have would be one clause too many.
     */
    private static final class Whole extends Query {

        private final Query query;

        Whole(Query query) {
            this.query = query;
        }

        @Override
        public Query rewrite(IndexSearcher searcher) throws IOException {
            Query rewritten = query.rewrite(searcher);
            return rewritten.equals(query) ? this : new Whole(rewritten);
        }

        @Override
        public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) throws IOException {
            return query.createWeight(searcher, mode, boost);
        }

        @Override
        public void visit(QueryVisitor visitor) {
            query.visit(visitor);
        }

        @Override
        public String toString(String field) {
            return query.toString(field);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Whole whole && whole.query.equals(query);
        }

        @Override
        public int hashCode() {
            return query.hashCode() + 1;
        }
    }
}
