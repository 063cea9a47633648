package io.croft;

import io.croft.input.Ids;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Who acts: a user, a service or a super admin, as the host has authenticated it. Only a super admin may call what is
 * for all organisations at once; its role appears in logs.
 *
 * @param id     the host's own id of it, 1 to 128 characters
 * @param role   what it is to the organisation
 * @param groups the groups that it is in, at most {@value #MAX_GROUPS}: a {@link Role#MEMBER} sees documents that are
 *               for certain groups only if it is in one of them; for other roles they mean nothing. The audit log does
 *               not keep them
 */
public record Actor(String id, Role role, Set<String> groups) {

    /** The most groups. */
    public static final int MAX_GROUPS = 256;

    public Actor {
        Objects.requireNonNull(role, "role");
        Ids.checkName("actor id", id);
        groups = Set.copyOf(groups);
        if (groups.size() > MAX_GROUPS) {
            throw new InvalidInputException("an actor is in " + groups.size() + " groups; the most is " + MAX_GROUPS);
        }
        groups.forEach(group -> Ids.checkName("name of a group", group));
    }

    /** In no group. */
    public Actor(String id, Role role) {
        this(id, role, Set.of());
    }

    /**
     * The same in these groups and no others.
     *
     * @param groups at most {@value #MAX_GROUPS}, names of 1 to 128 characters on one line
     * @throws InvalidInputException if they are more or have other names
     */
    public Actor inGroups(String... groups) {
        return new Actor(id, role, Set.copyOf(List.of(groups)));
    }

    /**
     * A person.
     *
     * @param role {@link Role#MEMBER} or {@link Role#ADMIN}
     * @throws InvalidInputException for a role that is not a person's, or an invalid id
     */
    public static Actor user(String id, Role role) {
        if (role != Role.MEMBER && role != Role.ADMIN) {
            throw new InvalidInputException("a user cannot have the role " + role
                    + ": use MEMBER or ADMIN, or Actor.service, or Actor.superAdmin");
        }
        return new Actor(id, role);
    }

    /** A program of the host. */
    public static Actor service(String id) {
        return new Actor(id, Role.SERVICE);
    }

    /** An operator of the host, who may act for any organisation. */
    public static Actor superAdmin(String id) {
        return new Actor(id, Role.SUPER_ADMIN);
    }
}
