app.get("/ambil", async (req, res) => {
  const isi = await fetch("https://layanan.contoh.go.id/api");
});
