package io.croft.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The ways to run a command of Postgres, which refuses to run as root. */
enum RunAs {

    /** As the user of this JVM, who is not root. */
    SELF,

    /** As root, in a user namespace where root is called nobody: to the machine's files it is still root. */
    UNSHARE,

    /** As root, becoming nobody, to whom the files must belong. */
    SETPRIV,

    /** The same for a system without setpriv. */
    SU;

    private static final int NOBODY = 65534;

    /** Finds the first way that works here. */
    static RunAs find() {
        if (!isRoot()) {
            return SELF;
        }
        for (RunAs way : List.of(UNSHARE, SETPRIV, SU)) {
            if (way.works()) {
                return way;
            }
        }
        throw new IllegalStateException("Postgres refuses to run as root, and neither unshare, setpriv nor su can run "
                + "it as another user here. Run as an ordinary user, or start a Postgres yourself and name it with -D"
                + EmbeddedPostgresServer.URL_PROPERTY + "=jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=…");
    }

    /** Whether commands run this way here, tried out with {@code id}, which must know the user as initdb does. */
    boolean works() {
        if (this == SELF) {
            return !isRoot();
        }
        return isRoot() && Command.succeeds(command(List.of("id", "-un")), Duration.ofSeconds(10));
    }

    List<String> command(List<String> arguments) {
        List<String> prefix = switch (this) {
            case SELF -> List.of();
            case UNSHARE -> List.of("unshare", "-U");
            case SETPRIV -> List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
            // The shell gives way to the command, so that no argument needs quoting.
            case SU -> List.of("su", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--", "nobody");
        };
        List<String> command = new ArrayList<>(prefix);
        command.addAll(arguments);
        return command;
    }

    /** Gives a file or an empty folder to the user that the commands run as. */
    void own(Path path) throws IOException {
        if (this == SETPRIV || this == SU) {
            Files.setAttribute(path, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", NOBODY, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static boolean isRoot() {
        return OsUser.current().isRoot();
    }
}
