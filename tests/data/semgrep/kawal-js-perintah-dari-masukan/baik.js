app.post("/gambar", (req, res) => {
  child_process.execFile("convert", [req.body.berkas, "hasil.png"]);
});
