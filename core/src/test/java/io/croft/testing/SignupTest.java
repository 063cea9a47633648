package io.croft.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.TenantContext;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.JobQueue;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.RetryPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The example of {@code docs/queue-testing.md}, with what it tests. */
class SignupTest {

    private static final JobKind WELCOME = JobKind.of("mail.welcome", "mail")
            .withRetry(RetryPolicy.fixed(Duration.ofMinutes(5)).withMaxAttempts(3));

    private final RecordingMailer mailer = new RecordingMailer();
    private final InMemoryJobs jobs = InMemoryJobs.builder().handler(WELCOME, new WelcomeMail(mailer)).build();
    private final TenantContext acme = jobs.createOrg("acme");
    private final Signup signup = new Signup(jobs.queue());

    @AfterEach
    void close() {
        jobs.close();
    }

    @Test
    void register_enqueuesOneWelcome() {
        signup.register(acme, "ada@example.org");
        signup.register(acme, "ada@example.org");

        assertThat(jobs.enqueued(WELCOME)).singleElement()
                .satisfies(job -> assertThat(job.payload()).contains("ada@example.org"));
    }

    @Test
    void register_sendsTheWelcome() {
        signup.register(acme, "ada@example.org");

        Drained drained = jobs.drain().orThrow();

        assertThat(drained.completed()).hasSize(1);
        assertThat(mailer.sent()).containsExactly("ada@example.org");
    }

    @Test
    void mailServerDown_isTriedAgainAfterFiveMinutes() {
        mailer.goDown();
        signup.register(acme, "ada@example.org");
        assertThat(jobs.drain().retried()).hasSize(1);

        mailer.comeBack();
        assertThat(jobs.drain().ran()).isEmpty();
        jobs.advance(Duration.ofMinutes(5));

        assertThat(jobs.drain().completed()).hasSize(1);
    }

    @Test
    void digest_isSentEveryMorning() {
        signup.scheduleDigest(acme);

        Drained drained = jobs.drainFor(Duration.ofDays(7));

        assertThat(drained.orThrow().completed()).hasSize(7);
    }

    /** The page shows this very code, but for its comments. */
    @Test
    void page_showsThisExample() throws IOException {
        String page = Files.readString(Path.of("../docs/queue-testing.md"));
        String shown = page.substring(page.indexOf("```java\n") + 8, page.indexOf("```\n", page.indexOf("```java\n")));
        List<String> own = code(Files.readString(Path.of("src/test/java/io/croft/testing/SignupTest.java")));

        assertThat(code(shown)).hasSizeGreaterThan(30).allMatch(own::contains, "stands in this file");
    }

    private static List<String> code(String text) {
        return text.lines().map(line -> line.replaceAll("\\s+// .*", "").strip()).filter(line -> !line.isEmpty())
                .collect(Collectors.toList());
    }

    /** Sends mails, or cannot. */
    private static final class RecordingMailer {

        private final List<String> sent = new ArrayList<>();
        private boolean down;

        void send(String address) throws IOException {
            if (down) {
                throw new IOException("no answer");
            }
            sent.add(address);
        }

        List<String> sent() {
            return sent;
        }

        void goDown() {
            down = true;
        }

        void comeBack() {
            down = false;
        }
    }

    /** The handler under test. */
    private record WelcomeMail(RecordingMailer mailer) implements JobHandler {

        @Override
        public JobResult handle(JobContext job) throws IOException {
            mailer.send(job.payload().replaceAll(".*\"to\" *: *\"|\".*", ""));
            return JobResult.completed();
        }
    }

    /** The code under test. */
    private record Signup(JobQueue queue) {

        void register(TenantContext context, String address) {
            queue.enqueue(context,
                    JobRequest.of(WELCOME, "{\"to\":\"" + address + "\"}").withKey("welcome-" + address));
        }

        void scheduleDigest(TenantContext context) {
            queue.schedules().put(context, "digest", JobSchedule.cron("0 7 * * *", ZoneOffset.UTC),
                    JobRequest.of(WELCOME, "{\"to\":\"everybody\"}"));
        }
    }
}
