import HoldfastJournal
import Testing

@Suite struct FormatTests {
    @Test func namesAreReadAsWritten() {
        let name = SegmentName(generation: 0x1f, firstLSN: 0x2a)
        #expect(name.fileName == "0000001f-000000000000002a.seg")
        #expect(SegmentName(fileName: name.fileName) == name)
        #expect(SegmentName(fileName: "0000001F-000000000000002a.seg") == nil)
    }
}
