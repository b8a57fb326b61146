import HoldfastClient
import HoldfastWire

/// The frames of a run, made once.
struct ExpiryFrames {
    static let readMethod = Method.getStock.rawValue

    let lapsing: HoldFrame
    let sameSale: HoldFrame
    let otherSale: HoldFrame
    /// GetStock of the lapsing product.
    let readBody: [UInt8]

    init(plan: ExpiryPlan) throws {
        self.lapsing = try HoldFrame(
            saleID: plan.saleID, productID: plan.lapsingProductID,
            timeoutMilliseconds: plan.timeoutMilliseconds)
        self.sameSale = try HoldFrame(
            saleID: plan.saleID, productID: plan.steadyProductID,
            timeoutMilliseconds: plan.timeoutMilliseconds)
        self.otherSale = try HoldFrame(
            saleID: plan.otherSaleID, productID: plan.steadyProductID,
            timeoutMilliseconds: plan.timeoutMilliseconds)
        self.readBody = try GetStockRequest(
            saleID: plan.saleID, productIDs: [plan.lapsingProductID]
        ).body()
    }

    var byteCountMax: Int {
        max(
            self.lapsing.byteCount, self.sameSale.byteCount, self.otherSale.byteCount,
            RequestFrame.headerByteCount + self.readBody.count)
    }
}
