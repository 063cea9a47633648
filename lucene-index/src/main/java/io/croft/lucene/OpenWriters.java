package io.croft.lucene;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The indexes that have a writer open, in the order of their last use, so that there are not more than so many. The
 * writer that was not used for longest is closed; one that merges only if there is no other, which costs the merge. A
 * writer that is being written with is passed over; if all are, there is one more for a while, as many as there are
 * threads that write. Thread-safe.
 */
final class OpenWriters {

    private final int most;
    private final Set<ScopeIndex> byLastUse = new LinkedHashSet<>();

    OpenWriters(int most) {
        this.most = most;
    }

    /** Notes that an index uses its writer, and closes those of others that are too many. */
    void used(ScopeIndex index) {
        List<ScopeIndex> byAge = use(index);
        close(byAge, index, ScopeIndex.Merging.GOES_ON);
        close(byAge, index, ScopeIndex.Merging.ENDS);
    }

    private void close(List<ScopeIndex> byAge, ScopeIndex user, ScopeIndex.Merging merging) {
        for (ScopeIndex other : byAge) {
            if (count() <= most) {
                return;
            }
            if (other != user && other.closeIdleWriter(merging)) {
                closed(other);
            }
        }
    }

    /** Notes that an index has no writer any more. */
    synchronized void closed(ScopeIndex index) {
        byLastUse.remove(index);
    }

    synchronized int count() {
        return byLastUse.size();
    }

    /** Returns the indexes to look at, if there are too many. */
    private synchronized List<ScopeIndex> use(ScopeIndex index) {
        byLastUse.remove(index);
        byLastUse.add(index);
        return byLastUse.size() > most ? new ArrayList<>(byLastUse) : List.of();
    }
}
