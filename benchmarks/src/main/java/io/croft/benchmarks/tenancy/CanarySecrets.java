package io.croft.benchmarks.tenancy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.croft.Croft;
import io.croft.Secret;
import io.croft.pg.PgStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hundred secrets, and all that hosts do with secrets, right and wrong: the database's password, wrong ones, ones in
 * URLs, the key that organisations are hashed with in logs, ones that are too short, those that the store makes, among
 * them the one that signs cursors, and such as are printed, logged and written out by mistake.
 */
final class CanarySecrets {

    static final int COUNT = 100;

    private static final int WRONG = 30;
    private static final int IN_URLS = 20;
    private static final int SHORT = 10;
    private static final int MISUSED = 22;
    private static final int LETTERS = 24;
    private static final int SHORT_LETTERS = 15;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=&%?:@ ";
    private static final Logger LOG = LoggerFactory.getLogger(CanarySecrets.class);

    private final SplittableRandom random;
    private final Map<String, Secret> all = new LinkedHashMap<>();
    private final Secret password;
    private final Secret labels;
    private final List<Secret> wrong;
    private final List<Secret> inUrls;
    private final List<Secret> tooShort;
    private final List<Secret> misused;

    /** What a host may have a secret in. */
    private record Settings(String name, Secret secret, Optional<Secret> other) {
    }

    CanarySecrets(SplittableRandom random) {
        this.random = random;
        this.password = make("of the database", LETTERS);
        this.labels = make("that hashes organisations", LETTERS);
        this.wrong = make("that is a wrong password, ", WRONG, LETTERS);
        this.inUrls = make("in a URL, ", IN_URLS, LETTERS);
        this.tooShort = make("that is too short, ", SHORT, SHORT_LETTERS);
        this.misused = make("that is misused, ", MISUSED, LETTERS);
    }

    private List<Secret> make(String name, int count, int letters) {
        List<Secret> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(make(name + i, letters));
        }
        return made;
    }

    private Secret make(String name, int letters) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < letters; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        Secret secret = Secret.of(text.toString());
        all.put(name, secret);
        return secret;
    }

    Secret password() {
        return password;
    }

    /** What hashes organisations in logs. */
    Secret labels() {
        return labels;
    }

    /** Has the store make the rest of them. */
    Map<String, Secret> complete(PgStore store) {
        all.put("that signs cursors", store.secrets().secret("cursor"));
        for (int i = 0; all.size() < COUNT; i++) {
            all.put("of the store, " + i, store.secrets().secret("canary-" + i));
        }
        return Map.copyOf(all);
    }

    /** Does with them what hosts do. */
    void use(LoggedPostgres database, CanaryCalls calls) {
        for (Secret secret : wrong) {
            calls.operator(() -> PgStore.builder(database.source(secret.reveal())).withoutMigrations().open());
        }
        calls.operator(() -> PgStore.builder(database.url(), LoggedPostgres.LOGIN, wrong.getFirst()).open());
        for (int i = 0; i < inUrls.size(); i++) {
            String text = inUrls.get(i).reveal();
            String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
            String url = switch (i % 4) {
                case 0 -> "jdbc:postgresql://u:" + text + "@localhost:nowhere/db";
                case 1 -> "postgres://u:" + encoded + "@localhost/db";
                case 2 -> "jdbc:postgresql://localhost:nowhere/db?user=u&password=" + encoded;
                default -> "jdbc:mysql://localhost/db?password=" + text;
            };
            calls.operator(() -> PgStore.builder(url, "u", Secret.of("")).open());
        }
        for (Secret secret : tooShort) {
            calls.operator(() -> Croft.builder().hashOrgIdsInLogs(secret));
        }
        for (Secret secret : misused) {
            misuse(secret, calls);
        }
    }

    private static void misuse(Secret secret, CanaryCalls calls) {
        Settings settings = new Settings("settings", secret, Optional.of(secret));
        calls.operator(() -> settings + " " + List.of(secret) + " " + Map.of("secret", secret) + " "
                + String.format("%s", secret) + " " + secret.hashCode());
        calls.operator(() -> {
            throw new IllegalStateException("no good: " + secret, new IllegalArgumentException(settings.toString()));
        });
        calls.operator(() -> {
            try {
                return new JsonMapper().writeValueAsString(settings.secret());
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("it cannot be written as JSON", e);
            }
        });
        calls.operator(() -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(secret);
            } catch (IOException e) {
                throw new IllegalStateException("it cannot be serialized", e);
            }
            return bytes.toString(StandardCharsets.ISO_8859_1);
        });
        LOG.atInfo().addKeyValue("secret", secret).log("a secret is logged: {} {}", secret, settings);
    }
}
