const dokumen = libxmljs.parseXml(isi, { nonet: true });
