package io.croft.lucene;

/**
 * What a {@link LuceneIndex} holds at a moment, and what it has done since it was started.
 *
 * @param indexes            indexes that were asked for since the start, open or not
 * @param openReaders        indexes open for searching, those of searches under way included
 * @param readerHeapBytes    the heap that they take, estimated
 * @param readerMaps         the memory maps that they take, estimated
 * @param openWriters        indexes open for writing, rebuilds included
 * @param bufferedBytes      what is in the writers' memory and not in files
 * @param processMaps        memory maps of the whole process, of every kind; -1 where the system does not tell
 * @param mapBudget          the most memory maps that readers in reserve may take
 * @param coldOpens          how often an index was opened of which nothing was known
 * @param evictions          how often a reader was closed for lack of use
 * @param checks             how often an index in use was read through to its end
 * @param damages            how often it was found damaged thereby
 * @param tidyings           how often an index not in use was merged
 * @param vectorScans        how often a search compared the vectors of a segment one by one, those of up to 1,000
 *                           accepted ones not counted
 * @param vectorWalks        how often a search went through the graph of a segment instead
 * @param walksAstray        how often it began to and then compared one by one after all: if that is often, the graph
 *                           is no use for what is searched, and a higher {@code exactUpTo} saves writing it
 */
public record IndexStats(int indexes, int openReaders, long readerHeapBytes, long readerMaps, int openWriters,
        long bufferedBytes, int processMaps, long mapBudget, long coldOpens, long evictions, long checks, long damages,
        long tidyings, long vectorScans, long vectorWalks, long walksAstray) {
}
