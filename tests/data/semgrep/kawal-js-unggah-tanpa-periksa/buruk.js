app.post("/unggah", (req, res) => {
  const f = req.files.dokumen;
  f.mv("unggahan/" + req.files.dokumen.name); // TEMUAN
});
const gudang = multer.diskStorage({
  filename: (req, file, cb) => {
    cb(null, file.originalname); // TEMUAN
  },
});
