/// How many cells a terminal gives to a text: two for Chinese, Japanese and Korean characters, full-width forms and
/// emoji, none for combining marks. A table of product names stands straight only with this.
package enum DisplayWidth {
    /// First and last scalar of the wide and full-width blocks (Unicode's East_Asian_Width W and F).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
        0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1AFF0...0x1B2FF,
        0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    package static func cells(_ text: String) -> Int {
        text.reduce(0) { $0 + self.cells($1) }
    }

    private static func cells(_ character: Character) -> Int {
        var cells = 0
        for scalar in character.unicodeScalars {
            // Variation selector 16 asks for the emoji form.
            cells = max(cells, scalar == "\u{FE0F}" ? 2 : self.cells(scalar))
        }
        return cells
    }

    private static func cells(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        return self.wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }
}
