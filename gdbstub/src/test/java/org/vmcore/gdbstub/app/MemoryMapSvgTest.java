package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.inspect.dump.MemoryMapTest;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class MemoryMapSvgTest {
  @Test
  void aPictureIsWellFormedAndAsWideAsTheMemory() throws Exception {
    String svg = MemoryMapSvg.of(MemoryMapTest.some(), "a & <b> " + "x".repeat(200));
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(UTF_8)))
            .getDocumentElement();

    assertThat(root.getTagName()).isEqualTo("svg");
    assertThat(root.getTextContent())
        .contains("present 34.0 KiB", "left out 74.0 KiB", "x".repeat(80));
    double present = 0;
    NodeList rectangles = root.getElementsByTagName("rect");
    for (int i = 0; i < rectangles.getLength(); i++) {
      Element rectangle = (Element) rectangles.item(i);
      if (rectangle.getAttribute("fill").equals("#2b6f9e")
          && rectangle.getElementsByTagName("title").getLength() > 0) {
        present +=
            Double.parseDouble(rectangle.getAttribute("width"))
                * Double.parseDouble(rectangle.getAttribute("height"));
      }
    }
    // Eight whole cells and half of one, of 11 by 14.
    assertThat(present).isEqualTo(8.5 * 11 * 14);
  }
}
