package io.croft.ingest.extract.child;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.dom.BinaryBody;
import org.apache.james.mime4j.dom.Body;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;

/**
 * Reads e-mails: subject, who wrote to whom and when, the text, and what is attached. Of parts that say the same, HTML
 * is read, else the last one.
 */
final class MailReader implements FormatReader {

    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final List<String> SHOWN = List.of("From", "To", "Cc", "Date");

    @Override
    public void read(Path file, String type, Reading reading) throws IOException {
        DefaultMessageBuilder builder = new DefaultMessageBuilder();
        builder.setMimeEntityConfig(MimeConfig.custom().setMaxLineLen(1 << 20).setMaxHeaderLen(1 << 20)
                .setMaxHeaderCount(2_000).setMaxContentLen(MAX_BODY_BYTES).build());
        try (InputStream in = Files.newInputStream(file)) {
            Message message = builder.parseMessage(in);
            try {
                message(message, reading);
            } finally {
                message.dispose();
            }
        }
    }

    private static void message(Message message, Reading reading) throws IOException {
        String subject = message.getSubject() == null ? "" : message.getSubject();
        reading.writer().title(subject);
        reading.writer().heading(reading.depth(), subject);
        reading.writer().paragraph(SHOWN.stream().flatMap(name -> header(message, name))
                .collect(Collectors.joining("; ")));
        part(message, reading);
    }

    private static void forwarded(Message message, Reading reading) throws IOException {
        reading.enter();
        try {
            message(message, reading);
        } finally {
            reading.leave();
        }
    }

    private static Stream<String> header(Message message, String name) {
        Field field = message.getHeader().getField(name);
        return field == null
                ? Stream.of()
                : Stream.of(name + ": " + DecoderUtil.decodeEncodedWords(field.getBody(), StandardCharsets.UTF_8));
    }

    private static void part(Entity entity, Reading reading) throws IOException {
        reading.entry();
        Body body = entity.getBody();
        switch (body) {
            case null -> {
            }
            case Multipart parts when entity.getMimeType().equals("multipart/alternative") -> {
                if (parts.getCount() > 0) {
                    part(best(parts.getBodyParts()), reading);
                }
            }
            case Multipart parts -> {
                for (Entity part : parts.getBodyParts()) {
                    part(part, reading);
                }
            }
            case Message message -> forwarded(message, reading);
            case TextBody text when entity.getFilename() == null -> text(entity, text, reading);
            case TextBody text -> attachment(entity, text.getInputStream(), reading);
            case BinaryBody binary -> attachment(entity, binary.getInputStream(), reading);
            default -> {
            }
        }
    }

    private static Entity best(List<Entity> parts) {
        return parts.stream().filter(part -> part.getMimeType().equals("text/html")).findFirst()
                .orElse(parts.getLast());
    }

    private static void text(Entity entity, TextBody body, Reading reading) throws IOException {
        String text;
        try (InputStream in = body.getInputStream()) {
            text = new String(in.readAllBytes(), charset(body));
        }
        if (entity.getMimeType().equals("text/html")) {
            HtmlReader.read(text, reading.writer());
        } else {
            PlainTextReader.paragraphs(text.replace("\r\n", "\n"), reading.writer());
        }
    }

    private static Charset charset(TextBody body) {
        String name = body.getMimeCharset();
        try {
            return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            return StandardCharsets.ISO_8859_1;
        }
    }

    private static void attachment(Entity entity, InputStream content, Reading reading) throws IOException {
        try (content) {
            String name = entity.getFilename();
            reading.attachment(content, name == null ? "" : name, entity.getMimeType());
        }
    }
}
