const unggah = multer({ dest: "unggahan/" }); // TEMUAN
app.use(fileUpload()); // TEMUAN
