/**
 * The analysis of many dumps as a job of Apache Spark, whose scheduler, shuffles and files are all
 * that it has of a cluster: {@link org.vmcore.triage.spark.Shares} tells which dumps go together,
 * {@link org.vmcore.triage.spark.Records} makes rows of them where they are examined, {@link
 * org.vmcore.triage.spark.GroupTable} asks which are the same.
 */
@NullMarked
package org.vmcore.triage.spark;

import org.jspecify.annotations.NullMarked;
