import Logging
import Testing

@testable import HoldfastServer

@Suite struct LineLogHandlerTests {
    @Test func textIsOneLineWhateverTheMessageHolds() {
        let handler = LineLogHandler(label: "holdfast", level: .info, isJSON: false)
        let line = handler.line(
            time: "T", level: .warning, message: "one\ntwo", metadata: [("a", "b c"), ("d", "e")])
        #expect(line == "T warning holdfast: one two a=\"b c\" d=e\n")
    }

    @Test func jsonIsOneObjectALine() {
        let handler = LineLogHandler(label: "holdfast", level: .info, isJSON: true)
        let line = handler.line(
            time: "T", level: .error, message: "a \"b\"\n\u{1}", metadata: [("k", "\\")])
        #expect(
            line
                == "{\"time\":\"T\",\"level\":\"error\",\"logger\":\"holdfast\","
                + "\"message\":\"a \\\"b\\\"\\n\\u0001\",\"k\":\"\\\\\"}\n")
    }
}
