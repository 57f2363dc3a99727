package org.vmcore.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Part of a long answer: some of the rows of its longest list, and all else that it has. The lists
 * of all pages, one after the other, are the whole answer's.
 *
 * @param offset of the first row
 * @param rows at most; fewer where they are long
 */
record Page(int offset, int rows) {
  static final int DEFAULT_ROWS = 200;

  /** Of JSON; what an assistant takes in at once. */
  private static final int LONGEST = 24_000;

  /**
   * The answer itself where all of it fits; else with {@code page}, which tells where it goes on.
   */
  ObjectNode of(ObjectNode answer) {
    String longest = longestList(answer);
    if (longest.isEmpty()) {
      return answer;
    }
    ArrayNode all = (ArrayNode) answer.get(longest);
    ArrayNode shown = answer.arrayNode();
    int end = Math.min(all.size(), Math.addExact(Math.min(offset, all.size()), rows));
    int length = 0;
    int next = Math.min(offset, all.size());
    while (next < end && (shown.isEmpty() || length < LONGEST)) {
      JsonNode row = all.get(next);
      shown.add(row);
      length += row.toString().length();
      next++;
    }
    if (shown.size() == all.size()) {
      return answer;
    }
    ObjectNode page = answer.objectNode();
    answer
        .properties()
        .forEach(e -> page.set(e.getKey(), e.getKey().equals(longest) ? shown : e.getValue()));
    ObjectNode place =
        page.putObject("page")
            .put("list", longest)
            .put("offset", offset)
            .put("rows", shown.size())
            .put("total", all.size());
    if (next < all.size()) {
      place.put("next_offset", next);
    }
    return page;
  }

  private static String longestList(ObjectNode answer) {
    String longest = "";
    int most = 0;
    for (Map.Entry<String, JsonNode> member : answer.properties()) {
      if (member.getValue().isArray() && member.getValue().size() > most) {
        longest = member.getKey();
        most = member.getValue().size();
      }
    }
    return longest;
  }
}
