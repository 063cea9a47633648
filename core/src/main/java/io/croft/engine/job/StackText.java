package io.croft.engine.job;

import io.croft.job.JobError;
import io.croft.spi.BoundedText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Stack traces as text of bounded size. Each of what was thrown and its nearest causes gets an equal part of the space,
 * and what one leaves over goes to the next, so that a deep stack does not hide its cause. Lines are whole; frames that
 * did not fit are counted. What else hangs on a throwable (suppressed ones) is left out.
 */
final class StackText {

    /** How many are told: what was thrown, and its causes. */
    static final int MAX_THROWABLES = 10;
    /** The longest first line of one of them, in characters; its class and the beginning of its message. */
    static final int MAX_HEAD_CHARS = 1024;

    private StackText() {
    }

    /** The stack traces of what was thrown and its causes, up to {@link JobError#MAX_STACK_BYTES} bytes of UTF-8. */
    static String of(Throwable thrown) {
        List<Throwable> chain = chain(thrown);
        StringBuilder text = new StringBuilder();
        int left = JobError.MAX_STACK_BYTES;
        for (int i = 0; i < chain.size(); i++) {
            String part = part(chain.get(i), i == 0 ? "" : "Caused by: ", left / (chain.size() - i));
            text.append(part);
            left -= bytes(part);
        }
        return text.toString();
    }

    private static List<Throwable> chain(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        Set<Throwable> known = Collections.newSetFromMap(new IdentityHashMap<>()); // causes may go round in a circle
        for (Throwable one = thrown; one != null && chain.size() < MAX_THROWABLES && known.add(one);
                one = Failure.cause(one)) {
            chain.add(one);
        }
        return chain;
    }

    private static String part(Throwable one, String before, int maxBytes) {
        String head = before + one.getClass().getName() + ": " + Failure.message(one).replaceAll("\\R", " ");
        StringBuilder text = new StringBuilder(BoundedText.chars(head, Math.min(MAX_HEAD_CHARS, maxBytes / 4)))
                .append('\n');
        int used = bytes(text.toString());
        StackTraceElement[] trace = trace(one);
        for (int i = 0; i < trace.length; i++) {
            String line = "\tat " + BoundedText.chars(String.valueOf(trace[i]), MAX_HEAD_CHARS) + "\n";
            String rest = "\t... " + (trace.length - i) + " more\n";
            if (used + bytes(line) + rest.length() > maxBytes) {
                return text.append(rest).toString();
            }
            text.append(line);
            used += bytes(line);
        }
        return text.toString();
    }

    /** It is the handler's: asking it for anything may throw too. */
    private static StackTraceElement[] trace(Throwable one) {
        try {
            return one.getStackTrace();
        } catch (RuntimeException | Error e) {
            return new StackTraceElement[0];
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
