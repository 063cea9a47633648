package io.croft.benchmarks.tenancy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All that a value says: its own text form, and what it and the values in it hold. Used by one thread, once. */
final class DeepText {

    private final StringBuilder content = new StringBuilder();
    private final List<String> forms = new ArrayList<>();

    private DeepText() {
    }

    /** Looks at a value. */
    static DeepText in(@Nullable Object value) {
        DeepText text = new DeepText();
        text.add(value);
        return text;
    }

    /** What a stack trace shows: messages, causes, what was suppressed. */
    static String of(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text + " " + thrown;
    }

    /** All texts in it. */
    String content() {
        return content.toString();
    }

    /** The text forms of it and of all values in it that are more than a text. */
    String forms() {
        return String.join("\n", forms);
    }

    private void add(@Nullable Object value) {
        switch (value) {
            case null -> content.append("null ");
            case CharSequence text -> content.append(text).append(' ');
            case Optional<?> one -> one.ifPresent(this::add);
            case Map<?, ?> map -> map.forEach((key, held) -> {
                add(key);
                add(held);
            });
            case Iterable<?> all -> all.forEach(this::add);
            case Object[] all -> Arrays.asList(all).forEach(this::add);
            case Record some -> addRecord(some);
            default -> {
                String form = value.toString();
                forms.add(form);
                content.append(form).append(' ');
            }
        }
    }

    private void addRecord(Record some) {
        forms.add(some.toString());
        for (RecordComponent component : some.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                add(component.getAccessor().invoke(some));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(component + " cannot be read", e);
            }
        }
    }
}
