package io.croft.ingest.extract;

import java.awt.Rectangle;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import org.apache.poi.hslf.usermodel.HSLFSlideShow;
import org.apache.poi.hslf.usermodel.HSLFTextBox;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.ooxml.POIXMLDocument;
import org.apache.poi.openxml4j.exceptions.InvalidFormatException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.openxml4j.opc.PackagePartName;
import org.apache.poi.openxml4j.opc.PackagingURIHelper;
import org.apache.poi.openxml4j.opc.TargetMode;
import org.apache.poi.poifs.crypt.Decryptor;
import org.apache.poi.poifs.crypt.EncryptionInfo;
import org.apache.poi.poifs.crypt.EncryptionMode;
import org.apache.poi.poifs.crypt.Encryptor;
import org.apache.poi.poifs.filesystem.EntryUtils;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;
import org.apache.poi.ss.usermodel.Row;
import org.apache.poi.ss.usermodel.Sheet;
import org.apache.poi.ss.usermodel.Workbook;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xslf.usermodel.XSLFTextBox;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFParagraph;
import org.apache.poi.xwpf.usermodel.XWPFStyle;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.jspecify.annotations.Nullable;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.CTStyle;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.STStyleType;

/** Makes files of Office with POI. */
public final class OfficeSamples {

    static final String DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    static final String XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    static final String PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

    private OfficeSamples() {
    }

    public static List<Sample> all() throws IOException {
        return List.of(
                new Sample("handbook.docx", word(), DOCX, "Stable handbook", "Every saddle is oiled twice a year",
                        "| Horse | Weight |", "| Major | 612 kg |"),
                new Sample("accounts.xlsx", sheets(new XSSFWorkbook()), XLSX, "Accounts of May", "Oats for the winter",
                        "1234.5"),
                new Sample("accounts.xls", sheets(new HSSFWorkbook()), "application/vnd.ms-excel", "Accounts of May",
                        "Oats for the winter", "1234.5"),
                new Sample("both.xls", oldSheetsWithSlides(), "application/vnd.ms-excel", "Accounts of May",
                        "Riding in the old rain"),
                new Sample("talk.pptx", slides(), PPTX, "Riding in the rain", "The second slide is about boots"),
                new Sample("talk.ppt", oldSlides(), "application/vnd.ms-powerpoint", "Riding in the old rain"),
                new Sample("letter.rtf", rtf(), "application/rtf", "Dear rider", "the mare is doing well"));
    }

    static byte[] word() throws IOException {
        try (XWPFDocument document = new XWPFDocument()) {
            style(document, "Heading1", "heading 1");
            style(document, "Heading2", "heading 2");
            document.getProperties().getCoreProperties().setTitle("The handbook");
            paragraph(document, "Heading1", "Stable handbook");
            paragraph(document, null, "Every saddle is oiled twice a year. It is kept dry.");
            paragraph(document, "Heading2", "Horses");
            XWPFTable table = document.createTable(2, 2);
            table.getRow(0).getCell(0).setText("Horse");
            table.getRow(0).getCell(1).setText("Weight");
            table.getRow(1).getCell(0).setText("Major");
            table.getRow(1).getCell(1).setText("612 kg");
            paragraph(document, null, "Weights are taken monthly.");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.write(out);
            return out.toByteArray();
        }
    }

    /** The same document with a file within it. */
    static byte[] wordWith(String name, String type, byte[] content) throws IOException, InvalidFormatException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OPCPackage document = OPCPackage.open(new ByteArrayInputStream(word()))) {
            PackagePartName inner = PackagingURIHelper.createPartName("/word/embeddings/" + name);
            try (OutputStream out = document.createPart(inner, type).getOutputStream()) {
                out.write(content);
            }
            document.getPart(PackagingURIHelper.createPartName("/word/document.xml")).addRelationship(inner,
                    TargetMode.INTERNAL, POIXMLDocument.PACK_OBJECT_REL_TYPE);
            document.save(bytes);
        }
        return bytes.toByteArray();
    }

    /** The same document, encrypted with the password that programs of Office try by themselves. */
    static byte[] wordWithUsualPassword() throws IOException, GeneralSecurityException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (POIFSFileSystem files = new POIFSFileSystem()) {
            Encryptor encryptor = new EncryptionInfo(EncryptionMode.standard).getEncryptor();
            encryptor.confirmPassword(Decryptor.DEFAULT_PASSWORD);
            try (OutputStream out = encryptor.getDataStream(files)) {
                out.write(word());
            }
            files.writeFilesystem(bytes);
        }
        return bytes.toByteArray();
    }

    /** Old sheets with old slides within them: not as bytes, but as a folder among theirs. */
    static byte[] oldSheetsWithSlides() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (POIFSFileSystem sheets = new POIFSFileSystem(new ByteArrayInputStream(sheets(new HSSFWorkbook())));
                POIFSFileSystem slides = new POIFSFileSystem(new ByteArrayInputStream(oldSlides()))) {
            EntryUtils.copyNodes(slides.getRoot(), sheets.getRoot().createDirectory("MBD0018D4CE"));
            sheets.writeFilesystem(bytes);
        }
        return bytes.toByteArray();
    }

    private static void style(XWPFDocument document, String id, String name) {
        CTStyle style = CTStyle.Factory.newInstance();
        style.setStyleId(id);
        style.setType(STStyleType.PARAGRAPH);
        style.addNewName().setVal(name);
        document.createStyles().addStyle(new XWPFStyle(style));
    }

    private static void paragraph(XWPFDocument document, @Nullable String style, String text) {
        XWPFParagraph paragraph = document.createParagraph();
        if (style != null) {
            paragraph.setStyle(style);
        }
        paragraph.createRun().setText(text);
    }

    static byte[] sheets(Workbook book) throws IOException {
        try (book) {
            Sheet sheet = book.createSheet("Accounts of May");
            for (int i = 0; i < 5; i++) {
                Row row = sheet.createRow(i);
                row.createCell(0).setCellValue(i == 0 ? "What" : "Oats for the winter " + i);
                row.createCell(1).setCellValue(1234.5 + i - 1);
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            book.write(out);
            return out.toByteArray();
        }
    }

    private static byte[] slides() throws IOException {
        try (XMLSlideShow show = new XMLSlideShow()) {
            for (String text : List.of("Riding in the rain", "The second slide is about boots")) {
                XSLFTextBox box = show.createSlide().createTextBox();
                box.setAnchor(new Rectangle(50, 50, 400, 100));
                box.setText(text);
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            show.write(out);
            return out.toByteArray();
        }
    }

    private static byte[] oldSlides() throws IOException {
        try (HSLFSlideShow show = new HSLFSlideShow()) {
            HSLFTextBox box = show.createSlide().createTextBox();
            box.setAnchor(new Rectangle(50, 50, 400, 100));
            box.setText("Riding in the old rain");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            show.write(out);
            return out.toByteArray();
        }
    }

    private static byte[] rtf() {
        String text = "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Times New Roman;}}\\f0\\fs24 Dear rider,\\par\n"
                + "the mare is doing well, and \\b sends\\b0  her regards.\\par\n}";
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
