import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Lists the tests that were skipped, under the reason they gave, from the reports that Surefire
 * left in the modules of a checkout. Run as {@code java build/SkippedTests.java CHECKOUT}.
 */
final class SkippedTests {
  private SkippedTests() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Set<String>> testsByReason = new TreeMap<>();
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    int reports = 0;
    for (Path report : reports(Path.of(arguments[0]))) {
      Element suite = parser.parse(report.toFile()).getDocumentElement();
      NodeList skips = suite.getElementsByTagName("skipped");
      for (int i = 0; i < skips.getLength(); i++) {
        Element skip = (Element) skips.item(i);
        Element test = (Element) skip.getParentNode();
        // A class that is skipped as a whole has no name of a test.
        String name =
            (test.getAttribute("classname") + "." + test.getAttribute("name"))
                .replaceFirst("[.]$", "");
        testsByReason
            .computeIfAbsent(reason(skip), reason -> new TreeSet<>())
            .add(name.replaceFirst("^org\\.vmcore\\.", "") + where(report));
      }
      reports++;
    }
    int skipped = testsByReason.values().stream().mapToInt(Set::size).sum();
    System.out.printf("Skipped tests: %d (in %d reports)%n", skipped, reports);
    testsByReason.forEach(
        (reason, tests) -> {
          System.out.println("  " + reason);
          tests.forEach(test -> System.out.println("    " + test));
        });
  }

  private static List<Path> reports(Path checkout) throws IOException {
    try (Stream<Path> files = Files.find(checkout, 4, (file, attributes) -> isReport(file))) {
      return files.sorted().toList();
    }
  }

  private static boolean isReport(Path file) {
    String path = file.toString().replace(File.separatorChar, '/');
    return path.matches(".*/target/surefire-reports[^/]*/TEST-[^/]*\\.xml");
  }

  /** An annotation's reason is an attribute; an assumption's is the first line of its trace. */
  private static String reason(Element skip) {
    String text =
        skip.hasAttribute("message")
            ? skip.getAttribute("message")
            : skip.getTextContent().strip().lines().findFirst().orElse("");
    String reason = text.replaceFirst("^[\\w.$]+Exception(: |$)", "");
    reason = reason.replaceFirst("^Assumption failed(: |$)", "").strip();
    return reason.isEmpty() ? "without a reason" : reason;
  }

  private static String where(Path report) {
    return report.getParent().endsWith("surefire-reports") ? "" : " (on the second JDK)";
  }
}
