package io.croft;

import io.croft.input.Ids;
import java.util.Objects;

/**
 * Who acts: a user, a service or a super admin, as the host has authenticated it. Only a super admin may call what is
 * for all organisations at once; its role appears in logs.
 *
 * @param id   the host's own id of it, 1 to 128 characters
 * @param role what it is to the organisation
 */
public record Actor(String id, Role role) {

    public Actor {
        Objects.requireNonNull(role, "role");
        Ids.checkName("actor id", id);
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
