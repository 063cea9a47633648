package io.croft.spi;

import io.croft.Actor;
import io.croft.Role;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which of an organisation's documents somebody sees: those for everybody, and those for a group that he is in.
 * Immutable.
 *
 * @param groups the groups that he is in; empty if he sees all documents, whatever their groups
 */
public record Sight(Optional<Set<String>> groups) {

    /** Of who sees all documents. */
    public static final Sight ALL = new Sight(Optional.empty());

    public Sight {
        groups = groups.map(Set::copyOf);
    }

    /** Of a member of these groups. */
    public static Sight of(Collection<String> groups) {
        return new Sight(Optional.of(Set.copyOf(groups)));
    }

    /** An actor's: members see what is for their groups, everybody else sees all. */
    public static Sight of(Actor actor) {
        return actor.role() == Role.MEMBER ? of(actor.groups()) : ALL;
    }

    /** Whether nothing is hidden, whatever there is. */
    public boolean isAll() {
        return groups.isEmpty();
    }

    /**
     * Whether a document is seen.
     *
     * @param of the document's groups; none if it is for everybody
     */
    public boolean sees(Set<String> of) {
        return of.isEmpty() || groups.isEmpty() || of.stream().anyMatch(groups.get()::contains);
    }

    /** The groups in an order, where that matters; none if everything is seen. */
    public Set<String> ordered() {
        return new TreeSet<>(groups.orElse(Set.of()));
    }
}
