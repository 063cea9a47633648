package io.croft.ingest.extract;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** Makes files of text, Markdown, HTML, e-mail and code. */
public final class TextSamples {

    static final String MARKDOWN = """
            # Bridles

            A bridle has a *headstall*, a bit
            and [reins](https://example.com/reins).

            ## Kinds

            - the snaffle bridle
            - the double bridle, with `two` bits

            | Part | Material |
            |------|----------|
            | bit  | steel    |
            | reins | leather |

            ```java
            int bits = 2;
            ```
            """;
    static final String HTML = """
            <!doctype html><html lang="de"><head><title>Pferde und Reiter</title><style>p { color: red }</style></head>
            <body><script>alert("not this")</script><h1>Pferde</h1>
            <p>Das <b>Pferd</b> frisst H&auml;fer.<br>Und Heu.</p>
            <ul><li>ein Sattel</li><li>zwei Zügel</li></ul><pre>  trab()
              galopp()</pre><table><tr><th>Gang</th><th>km/h</th></tr><tr><td>Schritt</td><td>6</td></tr></table>
            <div>Der letzte <span>Absatz</span></div></body></html>
            """;

    private TextSamples() {
    }

    public static List<Sample> all() throws IOException {
        List<Sample> samples = new ArrayList<>();
        samples.add(text("plain.txt", "The first paragraph\nhas two lines.\n\nThe second one.", StandardCharsets.UTF_8,
                "text/plain", "The first paragraph has two lines.", "The second one."));
        String umlauts = "Die Prüfung der Größe fällt über Österreich ein wenig länger aus als gedacht, "
                + "weil Straßen und Äcker naß geworden sind.";
        samples.add(text("utf8.txt", umlauts, StandardCharsets.UTF_8, "text/plain", umlauts));
        samples.add(text("utf16.txt", "\ufeff" + umlauts, StandardCharsets.UTF_16LE, "text/plain", umlauts));
        samples.add(text("utf16be.txt", "\ufeff" + umlauts, StandardCharsets.UTF_16BE, "text/plain", umlauts));
        samples.add(text("latin1.txt", umlauts, StandardCharsets.ISO_8859_1, "text/plain", "Die Prüfung der Größe"));
        samples.add(text("windows.txt", umlauts, Charset.forName("windows-1252"), "text/plain", "Äcker naß geworden"));
        samples.add(text("japanese.txt", "馬は草を食べる。とても静かです。", StandardCharsets.UTF_8, "text/plain", "馬は草を食べる"));
        samples.add(text("guide.md", MARKDOWN, StandardCharsets.UTF_8, "text/markdown", "# Bridles",
                "A bridle has a headstall, a bit and reins.", "- the double bridle, with two bits", "| bit | steel |",
                "int bits = 2;"));
        for (String encoding : List.of("UTF-8", "ISO-8859-1", "windows-1252")) {
            String page = HTML.replace("<head>", "<head><meta charset=\"" + encoding + "\">");
            samples.add(text(encoding + ".html", page, Charset.forName(encoding), "text/html", "# Pferde",
                    "Das Pferd frisst Häfer. Und Heu.", "- zwei Zügel", "| Schritt | 6 |", "Der letzte Absatz"));
        }
        samples.add(text("horses.csv", "name,weight\n\"Major, the bay\",612\nDuchess,540\n", StandardCharsets.UTF_8,
                "text/csv", "| Major, the bay | 612 |", "| Duchess | 540 |"));
        samples.add(text("horses.tsv", "name\tweight\nMajor\t612\n", StandardCharsets.UTF_8,
                "text/tab-separated-values", "| Major | 612 |"));
        samples.add(text("Horse.java", "class Horse {\n    int hands = 16;\n}\n", StandardCharsets.UTF_8,
                "text/x-java-source", "    int hands = 16;"));
        samples.add(text("horse.json", "{\"name\": \"Major\", \"hands\": 16}", StandardCharsets.UTF_8,
                "application/json", "\"name\": \"Major\""));
        samples.add(text("horse.xml", "<?xml version=\"1.0\"?><horse><name>Major</name></horse>",
                StandardCharsets.UTF_8, "application/xml", "<name>Major</name>"));
        samples.add(text("horse.py", "def trot(horse):\n    return horse.gait('trot')\n", StandardCharsets.UTF_8,
                "text/x-python", "return horse.gait('trot')"));
        samples.addAll(mails());
        return samples;
    }

    private static List<Sample> mails() throws IOException {
        String word = Base64.getMimeEncoder().encodeToString(OfficeSamples.word());
        return List.of(
                text("plain.eml", head("The farrier comes") + "Content-Type: text/plain; charset=utf-8\n"
                        + "\nThe farrier comes on Tuesday,\nbe there at nine.\n\nBest wishes\n",
                        StandardCharsets.UTF_8, "message/rfc822", "# The farrier comes", "From: Ann <ann@example.com>",
                        "The farrier comes on Tuesday, be there at nine."),
                text("quoted.eml", head("=?utf-8?Q?S=C3=A4ttel?=") + "Content-Type: text/plain; charset=iso-8859-1\n"
                        + "Content-Transfer-Encoding: quoted-printable\n\nDie S=E4ttel sind ge=\n=F6lt.\n",
                        StandardCharsets.US_ASCII, "message/rfc822", "# Sättel", "Die Sättel sind geölt."),
                text("alternative.eml", head("Both") + "Content-Type: multipart/alternative; boundary=xx\n\n--xx\n"
                        + "Content-Type: text/plain\n\nthe poor form\n--xx\nContent-Type: text/html; charset=utf-8\n\n"
                        + "<h2>The rich form</h2><p>of the same letter</p>\n--xx--\n", StandardCharsets.UTF_8,
                        "message/rfc822", "## The rich form", "of the same letter"),
                attached(PdfSamples.report(), "## report.pdf", "Costs rose by three percent"),
                text("forwarded.eml", head("Fwd: a letter") + "Content-Type: multipart/mixed; boundary=xx\n\n--xx\n"
                        + "Content-Type: message/rfc822\n\n" + head("The inner letter")
                        + "Content-Type: multipart/mixed; boundary=yy\n\n--yy\nContent-Type: text/plain\n\n"
                        + "deep inside\n--yy\nContent-Type: application/octet-stream; name=handbook.docx\n"
                        + "Content-Transfer-Encoding: base64\n\n" + word + "\n--yy--\n\n--xx--\n",
                        StandardCharsets.US_ASCII, "message/rfc822", "## The inner letter", "deep inside",
                        "Every saddle is oiled twice a year"));
    }

    /** A mail that a PDF is attached to, between its lines. */
    static Sample attached(byte[] pdf, String... phrases) {
        String content = Base64.getMimeEncoder().encodeToString(pdf);
        return text("attached.eml", head("With a report") + "Content-Type: multipart/mixed; boundary=xx\n\n--xx\n"
                + "Content-Type: text/plain\n\nHere is the report.\n--xx\nContent-Type: application/pdf\n"
                + "Content-Disposition: attachment; filename=\"report.pdf\"\n"
                + "Content-Transfer-Encoding: base64\n\n" + content + "\n--xx\nContent-Type: text/plain\n\n"
                + "That was the report.\n--xx--\n", StandardCharsets.US_ASCII, "message/rfc822",
                Stream.concat(Stream.of("Here is the report.", "That was the report."), Stream.of(phrases))
                        .toArray(String[]::new));
    }

    private static String head(String subject) {
        return "Message-ID: <1@example.com>\nFrom: Ann <ann@example.com>\nTo: Bob <bob@example.com>\n"
                + "Date: Tue, 6 Jan 2026 10:00:00 +0000\nSubject: " + subject + "\nMIME-Version: 1.0\n";
    }

    private static Sample text(String name, String text, Charset charset, String type, String... phrases) {
        return new Sample(name, text.getBytes(charset), type, phrases);
    }
}
