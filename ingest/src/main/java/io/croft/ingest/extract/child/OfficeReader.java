package io.croft.ingest.extract.child;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.apache.tika.parser.microsoft.OfficeParserConfig;
import org.xml.sax.ContentHandler;

/** Reads the formats of Microsoft Office, old and new, and RTF. Slides are pages; sheets are headings and tables. */
final class OfficeReader implements FormatReader {

    private final Parser parser;

    OfficeReader(Parser parser) {
        this.parser = parser;
    }

    @Override
    public void read(Path file, String type, Reading reading) throws Exception {
        Metadata metadata = new Metadata();
        metadata.set(Metadata.CONTENT_TYPE, type);
        OfficeParserConfig config = new OfficeParserConfig();
        config.setExtractMacros(false);
        config.setIncludeHeadersAndFooters(false);
        config.setIncludeMissingRows(false);
        ParseContext context = new ParseContext();
        context.set(OfficeParserConfig.class, config);
        context.set(EmbeddedDocumentExtractor.class, new Attachments(reading));
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

    /** Reads files within the file, but for images. */
    private record Attachments(Reading reading) implements EmbeddedDocumentExtractor {

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
            reading.attachment(content, name == null ? "" : name, type == null ? "" : type);
        }
    }
}
