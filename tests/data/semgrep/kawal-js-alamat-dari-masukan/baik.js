app.get("/ambil", async (req, res) => {
  const isi = await fetch("https://layanan.contoh.go.id/api");
});
app.get("/cetak", async (req, res) => {
  await page.goto("https://layanan.contoh.go.id/cetak");
});
