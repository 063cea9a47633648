package io.croft.lucene;

import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.spi.IndexSession.CandidateQuery;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.jspecify.annotations.Nullable;

/**
 * What passes the filter of a query, and what matches the whole of it, in one reader. Each is remembered for the next
 * step of the same search. Used by one thread.
 */
final class Matches {

    private final IndexSearcher searcher;
    private @Nullable Filter filter;
    private @Nullable ChunkSet passing;
    private @Nullable Asked asked;
    private @Nullable ChunkSet matching;

    Matches(IndexSearcher searcher) {
        this.searcher = searcher;
    }

    /** The chunks that pass; null without a filter, when all do. */
    @Nullable
    ChunkSet passing(Optional<Filter> wanted, Deadline deadline) throws IOException {
        if (wanted.isEmpty()) {
            return null;
        }
        if (passing == null || !wanted.get().equals(filter)) {
            passing = ChunkSet.of(FilterQuery.of(wanted.get()), searcher, deadline);
            filter = wanted.get();
        }
        return passing;
    }

    /** The chunks that pass and have a word of the query; in mode {@code VECTOR} all that pass. */
    ChunkSet matching(CandidateQuery query, TextQuery words, Deadline deadline) throws IOException {
        Asked wanted = new Asked(query.mode(), query.text(), query.filter());
        if (matching == null || !wanted.equals(asked)) {
            matching = match(query, words, deadline);
            asked = wanted;
        }
        return matching;
    }

    private ChunkSet match(CandidateQuery query, TextQuery words, Deadline deadline) throws IOException {
        ChunkSet pass = passing(query.filter(), deadline);
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

    private record Asked(SearchMode mode, String text, Optional<Filter> filter) {
    }

    /**
     * A query that Lucene leaves as it is. It would pull the words of a query apart and put them beside the filter, where
     * one word of the most that a query may have would be one clause too many.
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
