package io.croft.ingest.extract.child;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
import org.apache.tika.extractor.EmbeddedStreamTranslator;
import org.apache.tika.extractor.microsoft.MSEmbeddedStreamTranslator;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.apache.tika.parser.PasswordProvider;
import org.apache.tika.parser.microsoft.OfficeParserConfig;
import org.apache.tika.parser.microsoft.ooxml.OOXMLParser;
import org.jspecify.annotations.Nullable;
import org.xml.sax.ContentHandler;

/** Reads the formats of Microsoft Office, old and new, and RTF. Slides are pages; sheets are headings and tables. */
final class OfficeReader implements FormatReader {

    private static final String LOCKED_ZIP = "application/x-tika-ooxml-protected";

    private final Parser parser;

    OfficeReader(Parser parser) {
        this.parser = parser;
    }

    @Override
    public void read(Path file, String type, Reading reading) throws Exception {
        if (parser instanceof OOXMLParser && !ZipCheck.isZip(file)) {
            throw new IOException("not a zip file from its first byte on, so nobody has seen what it unpacks to");
        }
        Metadata metadata = new Metadata();
        metadata.set(Metadata.CONTENT_TYPE, type);
        OfficeParserConfig config = new OfficeParserConfig();
        config.setExtractMacros(false);
        config.setIncludeHeadersAndFooters(false);
        config.setIncludeMissingRows(false);
        ParseContext context = new ParseContext();
        context.set(OfficeParserConfig.class, config);
        context.set(EmbeddedDocumentExtractor.class, new Attachments(reading));
        context.set(PasswordProvider.class, OfficeReader::password);
        XhtmlBlocks blocks = new XhtmlBlocks(reading);
        try (TikaInputStream in = TikaInputStream.get(file)) {
            parser.parse(in, blocks, metadata, context);
        }
        blocks.flush();
        String title = metadata.get(TikaCoreProperties.TITLE);
        reading.writer().title(title == null ? "" : title);
        String language = metadata.get(TikaCoreProperties.LANGUAGE);
        reading.writer().language(language == null ? "" : language);
    }

    /** None, and for what would be a zip file without its password, which nobody has seen the inside of, no try. */
    private static @Nullable String password(Metadata metadata) {
        if (LOCKED_ZIP.equals(metadata.get(Metadata.CONTENT_TYPE))) {
            throw new StopException(Formats.locked());
        }
        return null;
    }

    /** Reads files within the file, but for images. */
    private record Attachments(Reading reading) implements EmbeddedDocumentExtractor {

        /** Writes out what an Office file of the old kind has not as bytes, but as a folder of its own ones. */
        private static final EmbeddedStreamTranslator FOLDERS = new MSEmbeddedStreamTranslator();

        @Override
        public boolean shouldParseEmbedded(Metadata metadata) {
            String type = metadata.get(Metadata.CONTENT_TYPE);
            return type == null || !type.startsWith("image/");
        }

        @Override
        public void parseEmbedded(InputStream content, ContentHandler handler, Metadata metadata, boolean outputHtml)
                throws IOException {
            String name = metadata.get(TikaCoreProperties.RESOURCE_NAME_KEY);
            String type = metadata.get(Metadata.CONTENT_TYPE);
            reading.attachment(bytes(content), name == null ? "" : name, type == null ? "" : type);
        }

        private static InputStream bytes(InputStream content) throws IOException {
            // Without a type: by that it unpacks other things as well, which need no unpacking here.
            Metadata none = new Metadata();
            return FOLDERS.shouldTranslate(content, none) ? FOLDERS.translate(content, none) : content;
        }
    }
}
