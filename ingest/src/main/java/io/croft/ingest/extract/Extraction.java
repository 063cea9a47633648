package io.croft.ingest.extract;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a file holds.
 *
 * @param outcome          how reading it ended; unless that is success there are no text and no blocks
 * @param type             its media type, as it was found; {@code application/octet-stream} if it could not be told
 * @param title            its title, as it says itself; may be empty
 * @param language         its language, as it says itself: a BCP 47 tag
 * @param text             its text: blocks, set apart by line ends. Free of U+0000 and of halves of surrogate pairs
 * @param blocks           what the text is made of, in order, not overlapping; only white space lies between them
 * @param pagesWithoutText the pages whose text, if any, is in images and was not read, each once, from 1. Where a file
 *                         within the file has such pages, the page that it is on, or 1 in a file without pages
 */
public record Extraction(Outcome outcome, String type, String title, Optional<String> language, String text,
        List<TextBlock> blocks, List<Integer> pagesWithoutText) {

    private static final int FORMAT = 1;
    private static final int MIN_BLOCK_BYTES = 14;

    public Extraction {
        blocks = List.copyOf(blocks);
        pagesWithoutText = List.copyOf(pagesWithoutText);
        int at = 0;
        for (TextBlock block : blocks) {
            if (block.start() < at || block.end() > text.length()) {
                throw new InvalidInputException("a block from " + block.start() + " to " + block.end()
                        + " does not fit behind " + at + " in a text of " + text.length() + " characters");
            }
            at = block.end();
        }
        check(outcome, text, blocks);
        for (String one : List.of(type, title, language.orElse(""), text)) {
            if (one.indexOf(0) >= 0) {
                throw new InvalidInputException("a file's type, title, language or text holds U+0000");
            }
        }
        for (int page : pagesWithoutText) {
            if (page < 1) {
                throw new InvalidInputException("page " + page + " without text: pages count from 1");
            }
        }
    }

    private static void check(Outcome outcome, String text, List<TextBlock> blocks) {
        if (outcome.status() != Outcome.Status.EXTRACTED && !(text.isEmpty() && blocks.isEmpty())) {
            throw new InvalidInputException("a text of " + text.length() + " characters and " + blocks.size()
                    + " blocks under the outcome " + outcome.status() + ": only " + Outcome.Status.EXTRACTED
                    + " has a text");
        }
    }

    /** A reading that ended without a text. */
    public static Extraction failed(Outcome outcome, String type) {
        return new Extraction(outcome, type, "", Optional.empty(), "", List.of(), List.of());
    }

    /** Whether there is a text. */
    public boolean isExtracted() {
        return outcome.status() == Outcome.Status.EXTRACTED;
    }

    /** All of it as bytes, to be kept until {@link #ofBytes}. */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(2 * text.length() + 256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            write(out, outcome.status().name());
            write(out, outcome.limit().map(ExtractionLimit::name).orElse(""));
            write(out, outcome.reason());
            write(out, outcome.remedy());
            write(out, type);
            write(out, title);
            write(out, language.orElse(""));
            write(out, text);
            out.writeInt(blocks.size());
            for (TextBlock block : blocks) {
                out.writeByte(code(block.kind()));
                out.writeByte(block.level());
                out.writeInt(block.page());
                out.writeInt(block.start());
                out.writeInt(block.end());
            }
            out.writeInt(pagesWithoutText.size());
            for (int page : pagesWithoutText) {
                out.writeInt(page);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return bytes.toByteArray();
    }

    /**
     * What {@link #toBytes} gave.
     *
     * @throws CroftException if the bytes are anything else
     */
    public static Extraction ofBytes(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int format = in.readByte();
            if (format != FORMAT) {
                throw new CroftException("an extraction in format " + format + " is not known: extract the file again");
            }
            Outcome.Status status = Outcome.Status.valueOf(read(in));
            Optional<ExtractionLimit> limit = Optional.of(read(in)).filter(name -> !name.isEmpty())
                    .map(ExtractionLimit::valueOf);
            Outcome outcome = new Outcome(status, limit, read(in), read(in));
            Extraction extraction = new Extraction(outcome, read(in), read(in),
                    Optional.of(read(in)).filter(one -> !one.isEmpty()), read(in), readBlocks(in), readPages(in));
            if (in.available() > 0) {
                throw new IOException(in.available() + " bytes behind the end");
            }
            return extraction;
        } catch (IOException | IllegalArgumentException | InvalidInputException e) {
            throw new CroftException(bytes.length + " bytes are no extraction: extract the file again", e);
        }
    }

    private static List<TextBlock> readBlocks(DataInputStream in) throws IOException {
        int count = count(in, MIN_BLOCK_BYTES);
        List<TextBlock> blocks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            blocks.add(new TextBlock(kind(in.readByte()), in.readByte(), in.readInt(), in.readInt(), in.readInt()));
        }
        return blocks;
    }

    private static byte code(TextBlock.Kind kind) {
        return switch (kind) {
            case HEADING -> 'h';
            case PARAGRAPH -> 'p';
            case LIST_ITEM -> 'l';
            case TABLE -> 't';
            case CODE -> 'c';
        };
    }

    private static TextBlock.Kind kind(byte code) throws IOException {
        return switch (code) {
            case 'h' -> TextBlock.Kind.HEADING;
            case 'p' -> TextBlock.Kind.PARAGRAPH;
            case 'l' -> TextBlock.Kind.LIST_ITEM;
            case 't' -> TextBlock.Kind.TABLE;
            case 'c' -> TextBlock.Kind.CODE;
            default -> throw new IOException("a block of kind " + code);
        };
    }

    private static List<Integer> readPages(DataInputStream in) throws IOException {
        int count = count(in, Integer.BYTES);
        List<Integer> pages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            pages.add(in.readInt());
        }
        return pages;
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String read(DataInputStream in) throws IOException {
        return new String(in.readNBytes(count(in, 1)), StandardCharsets.UTF_8);
    }

    /** A number of things that follow, of so many bytes each: no more than there are. */
    private static int count(DataInputStream in, int bytesEach) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available() / bytesEach) {
            throw new IOException(count + " of at least " + bytesEach + " bytes in " + in.available());
        }
        return count;
    }

    /** How it ended and how much it holds, without text and title. */
    @Override
    public String toString() {
        return "Extraction[" + outcome.status() + outcome.limit().map(limit -> " " + limit).orElse("") + ", type="
                + type + ", text of " + text.length() + " characters, " + blocks.size() + " blocks, "
                + pagesWithoutText.size() + " pages without text]";
    }
}
