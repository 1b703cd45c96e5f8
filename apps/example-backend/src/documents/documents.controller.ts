import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { AddDocumentsDto, SearchQuery } from './documents.dto.js';
import { type Document, DocumentsService, type Found } from './documents.service.js';

@Controller()
export class DocumentsController {
  constructor(private readonly documents: DocumentsService) {}

  @Post('documents')
  add(@Body() { texts }: AddDocumentsDto): Promise<Document[]> {
    return this.documents.add(texts);
  }

  @Get('search')
  search(@Query() { q }: SearchQuery): Promise<Found[]> {
    return this.documents.search(q);
  }
}
