package org.vmcore.triage.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Which crashes are the same, asked in SQL of the records of all jobs that wrote to one place. */
final class GroupTable {
  private static final String LATEST = "latest";

  private GroupTable() {}

  /** Of each source the last record. */
  static Dataset<Row> latest(SparkSession spark, Dataset<Row> dumps) {
    dumps.createOrReplaceTempView("dumps");
    return spark.sql(
        """
        SELECT * EXCEPT (nth) FROM (
          SELECT *, row_number() OVER (PARTITION BY source ORDER BY examined DESC) AS nth FROM dumps)
        WHERE nth = 1\
        """);
  }

  /**
   * A row for each group, the largest first, as {@code triage report --csv} has it. A log beside a
   * dump of the same group is of that crash, which is counted once; the example is the one that
   * tells most.
   */
  static Dataset<Row> of(SparkSession spark, Dataset<Row> latest) {
    latest.createOrReplaceTempView(LATEST);
    return spark.sql(
        """
        WITH crashes AS (
          SELECT *, regexp_replace(source, '[^/]*$', '') AS place,
            struct(
              -(if(kind = 'dump', 4, 0) + if(incomplete IS NULL, 2, 0) + if(confidence = 'high', 1, 0)),
              crashed, source) AS rank
          FROM latest WHERE status = 'crash'),
        counted AS (
          SELECT * FROM crashes AS c
          WHERE kind = 'dump' OR NOT EXISTS (
            SELECT 1 FROM crashes AS d
            WHERE d.kind = 'dump' AND d.place = c.place AND d.group_id = c.group_id))
        SELECT group_id AS `group`, count(*) AS `count`, min(crashed) AS `first`, max(crashed) AS `last`,
          min_by(class, rank) AS class, min_by(title, rank) AS title, min_by(culprit, rank) AS culprit,
          count(DISTINCT release) AS kernels, count(DISTINCT host) AS hosts,
          count(DISTINCT hardware) AS models, min_by(source, rank) AS example
        FROM counted GROUP BY group_id ORDER BY `count` DESC, `group`\
        """);
  }
}
