package io.croft.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.CallObserver;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.spi.memory.InMemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page that says who may do what says what the gate does. */
class RolesTableTest {

    private static final Path PAGE = Path.of("../docs/security.md");
    private static final String BEGIN = "<!-- roles: compared with the code by RolesTableTest -->\n";
    private static final String END = "<!-- /roles -->";

    /** The tables as the code has them. */
    private static String tables() {
        List<Permission> permissions = List.of(Permission.values());
        List<String> lines = new ArrayList<>();
        lines.add(permissions.stream().map(one -> " `" + one + "` |").collect(Collectors.joining("", "| role |", "")));
        lines.add("|---|" + "---|".repeat(permissions.size()));
        for (Role role : Role.values()) {
            lines.add(permissions.stream().map(one -> Permissions.allows(role, one) ? " yes |" : " no |")
                    .collect(Collectors.joining("", "| `" + role + "` |", "")));
        }
        lines.addAll(List.of("", "| permission | calls |", "|---|---|"));
        for (Permission permission : permissions) {
            lines.add("| `" + permission + "` | " + calls(permission).collect(Collectors.joining(", ")) + " |");
        }
        return String.join("\n", lines) + "\n";
    }

    private static Stream<String> calls(Permission permission) {
        return Arrays.stream(Operation.values()).filter(one -> one.permission() == permission)
                .map(one -> "`" + one.label() + "`");
    }

    @Test
    void page_saysWhoMayDoWhat() throws IOException {
        String page = Files.readString(PAGE);
        assertThat(page).contains(BEGIN, END);

        String told = page.substring(page.indexOf(BEGIN) + BEGIN.length(), page.indexOf(END));

        assertThat(told).as("what %s has between the marks is to be", PAGE).isEqualTo(tables());
    }

    /** The gate goes by it, for each call and each role. */
    @Test
    void gate_refusesWhatARoleIsNotAllowed() {
        Gate gate = new Gate(List.of(), CallObserver.NOBODY, OrgLabels.IDS);
        InMemoryStore store = new InMemoryStore();
        TenantGuard guard = new TenantGuard(store.orgs(), gate);
        OrgId org = OrgId.named("acme");
        store.orgs().create(TenantContext.of(org, Actor.service("test")));
        for (Role role : Role.values()) {
            Actor actor = new Actor("somebody", role);
            for (Operation operation : Operation.values()) {
                for (Runnable call : List.<Runnable>of(() -> gate.run(actor, operation, () -> {
                }), () -> guard.call(TenantContext.of(org, actor), operation, active -> 1))) {
                    if (Permissions.allows(role, operation.permission())) {
                        call.run();
                    } else {
                        assertThatThrownBy(call::run).as(operation + " by " + role)
                                .isInstanceOf(NotPermittedException.class).hasMessageContaining(role.name())
                                .hasMessageContaining(operation.label());
                    }
                }
            }
        }
    }

    /** Said a second time, apart from the code: a change of it is to be meant. */
    @Test
    void roles_mayDoThis() {
        assertThat(permissions(Role.MEMBER)).containsExactly(Permission.READ, Permission.WRITE, Permission.PUBLISH);
        assertThat(permissions(Role.ADMIN)).containsExactly(Permission.READ, Permission.WRITE, Permission.PUBLISH,
                Permission.ADMINISTER, Permission.AUDIT);
        assertThat(permissions(Role.SERVICE)).containsExactly(Permission.READ, Permission.WRITE, Permission.PUBLISH,
                Permission.ADMINISTER);
        assertThat(permissions(Role.SUPER_ADMIN)).containsExactly(Permission.values());
    }

    private static List<Permission> permissions(Role role) {
        return Arrays.stream(Permission.values()).filter(one -> Permissions.allows(role, one)).toList();
    }
}
