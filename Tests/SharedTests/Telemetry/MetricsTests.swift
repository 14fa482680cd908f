import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct MetricsTests {
  let metrics = Metrics()

  @Test func `everything is rendered in order, with help and type once`() {
    metrics.counter("wss_b_total", "Second.", labels: ["code": "ok"]).increment(by: 2)
    metrics.counter("wss_b_total", "Second.", labels: ["code": "failed"]).increment()
    metrics.gauge("wss_a_bytes", "First.").set(1.5)
    metrics.collect("wss_c_depth", "Third.") { 7 }
    metrics.collectCounter("wss_d_total", "Fourth.") { 8 }
    #expect(
      metrics.render() == """
        # HELP wss_a_bytes First.
        # TYPE wss_a_bytes gauge
        wss_a_bytes 1.5
        # HELP wss_b_total Second.
        # TYPE wss_b_total counter
        wss_b_total{code="failed"} 1
        wss_b_total{code="ok"} 2
        # HELP wss_c_depth Third.
        # TYPE wss_c_depth gauge
        wss_c_depth 7
        # HELP wss_d_total Fourth.
        # TYPE wss_d_total counter
        wss_d_total 8

        """)
  }

  @Test func `a histogram cumulates, and a value on a bound belongs to it`() {
    let histogram = metrics.histogram("wss_h_seconds", "H.", labels: ["m": "x"], buckets: [0.1, 1])
    histogram.observe(0.1)
    histogram.observe(.milliseconds(500))
    histogram.observe(nanoseconds: 3_000_000_000)
    #expect(
      metrics.render() == """
        # HELP wss_h_seconds H.
        # TYPE wss_h_seconds histogram
        wss_h_seconds_bucket{m="x",le="0.1"} 1
        wss_h_seconds_bucket{m="x",le="1"} 2
        wss_h_seconds_bucket{m="x",le="+Inf"} 3
        wss_h_seconds_sum{m="x"} 3.6
        wss_h_seconds_count{m="x"} 3

        """)
  }

  @Test func `the same name and labels give the same object`() {
    let first = metrics.counter("wss_x_total", "X.", labels: ["a": "1"])
    #expect(first === metrics.counter("wss_x_total", "X.", labels: ["a": "1"]))
    #expect(first !== metrics.counter("wss_x_total", "X.", labels: ["a": "2"]))
  }

  @Test func `labels from outside cannot grow memory without end`() {
    for number in 0..<(Metrics.seriesPerName + 50) {
      metrics.counter("wss_x_total", "X.", labels: ["who": "caller \(number)"]).increment()
    }
    let lines = metrics.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.count == Metrics.seriesPerName + 1)
    #expect(lines.contains("wss_x_total{who=\"other\"} 50"))
  }

  @Test func `counts of many tasks add up`() async {
    let counter = metrics.counter("wss_x_total", "X.")
    let gauge = metrics.gauge("wss_y", "Y.")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1_000 {
            counter.increment()
            gauge.increment()
            gauge.add(-0.5)
          }
        }
      }
    }
    #expect(counter.value == 8_000 && gauge.value == 4_000)
  }

  @Test func `a callback may declare metrics of its own`() {
    let metrics = metrics
    metrics.collect("wss_a", "A.") { Double(metrics.counter("wss_b_total", "B.").value) }
    #expect(metrics.render().contains("wss_a 0\n"))
  }

  @Test(.enabled(if: PrometheusParser.isInstalled))
  func `Prometheus' own Python parser reads the text back`() async throws {
    let ugly = "back\\slash \"quote\" new\nline grüß"
    metrics.counter("wss_x_total", "Help with \\ and\nnewline.", labels: ["a": ugly, "b": ""]).increment(by: 3)
    metrics.gauge("wss_nan", "N.").set(Double.nan)
    metrics.gauge("wss_big", "N.").set(-Double.infinity)
    metrics.gauge("wss_small", "N.").set(1e-9)
    metrics.histogram("wss_h_seconds", "H.").observe(0.2)
    let samples = try PrometheusParser.samples(metrics.render())
    #expect(samples.contains { $0.name == "wss_x_total" && $0.labels == ["a": ugly, "b": ""] && $0.value == "3.0" })
    #expect(samples.contains { $0.name == "wss_nan" && $0.value == "nan" })
    #expect(samples.contains { $0.name == "wss_big" && $0.value == "-inf" })
    #expect(samples.contains { $0.name == "wss_small" && $0.value == "1e-09" })
    #expect(samples.contains { $0.name == "wss_h_seconds_bucket" && $0.labels == ["le": "+Inf"] && $0.value == "1.0" })
  }
}
