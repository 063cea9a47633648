package io.croft.ingest.extract.child;

/**
 * A paragraph of a PDF.
 *
 * @param page its page, from 1
 * @param text its text
 * @param size the size of most of its letters, in half points
 */
record PdfParagraph(int page, String text, int size) {
}
