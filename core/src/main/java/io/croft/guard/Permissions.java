package io.croft.guard;

import io.croft.Actor;
import io.croft.NotPermittedException;
import io.croft.Role;
import java.util.Arrays;
import java.util.List;

/**
 * Who may do what. A table in {@code docs/security.md} says the same, and is compared with this by a test.
 */
final class Permissions {

    private Permissions() {
    }

    /** Whether a role is allowed that. */
    static boolean allows(Role role, Permission permission) {
        return switch (permission) {
            case READ, WRITE, PUBLISH -> true;
            case ADMINISTER -> role != Role.MEMBER;
            case AUDIT -> role == Role.ADMIN || role == Role.SUPER_ADMIN;
            case CROSS_ORG -> role == Role.SUPER_ADMIN;
        };
    }

    /**
     * Refuses an actor who may not make a call.
     *
     * @throws NotPermittedException naming the call, the actor's role, and those that may
     */
    static void check(Actor actor, Operation operation, Permission permission) {
        if (!allows(actor.role(), permission)) {
            List<Role> allowed = Arrays.stream(Role.values()).filter(role -> allows(role, permission)).toList();
            throw new NotPermittedException(operation.label() + " needs the permission " + permission + ", and \""
                    + actor.id() + "\" has the role " + actor.role() + ": let an actor call it whose role is of "
                    + allowed);
        }
    }
}
